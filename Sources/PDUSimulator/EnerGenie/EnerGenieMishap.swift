/// What goes wrong with every request of one kind, beside a device's general faults.
public enum EnerGenieMishap: Sendable, Hashable {
    /// The kinds of request that can be told apart.
    public enum Step: String, Sendable, CaseIterable {
        /// The password, in either protocol.
        case logIn
        /// The order to switch, in either protocol.
        case switching
        /// The question for the states; only the web interface has one.
        case status
        /// The end of a session; only the web interface answers it.
        case logOut
    }

    /// It is lost: neither carried out nor answered.
    case silence
    /// The connection is closed instead; nothing is carried out.
    case close
    /// It is carried out, and the connection closed instead of an answer.
    case executeAndClose
    /// It is carried out, and the connection closed after half of the answer.
    case cutShort
    /// It is carried out, and the answer comes byte by byte with so long between.
    case trickle(Duration)
    /// Nothing is carried out; these bytes are sent as they are, and the connection closed.
    case send([UInt8])
}
