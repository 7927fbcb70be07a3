public import Power

/// A page of the device's web interface, told apart by its text: the device answers everything with status 200.
///
/// The texts are those that several independent clients of EG-PM2-LAN, EG-PMS-LAN, EG-PMS2-LAN and EG-PMS2-WLAN look
/// for. Nothing is ever guessed: a page that fits no kind is `foreign`, and states that are not written exactly as
/// the device writes them are not read.
public struct EnerGeniePage: Sendable, Equatable {
    /// What a page shows.
    public enum Kind: Sendable, Equatable {
        /// Somebody is logged in, and the device takes us for that somebody.
        case loggedIn
        /// The log-in form, with its field for the password: nobody is logged in, or the password was wrong.
        case login
        /// A field for the password, and what only somebody who is logged in sees: a Log Out link, or states.
        case contradictory
        /// Somebody else holds the device's only session.
        case busy
        /// Nothing at all.
        case empty
        /// No page of such a device, or one of a firmware that nobody has described.
        case foreign
    }

    /// What the page shows.
    public let kind: Kind
    /// The states of outlets 1 to 4 in this order; nothing unless the page shows them beyond doubt.
    public let states: [PowerState]?
    private let bytes: [UInt8]

    /// Reads a page, ISO 8859-1 as sent. Any bytes will do.
    public init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        self.bytes = bytes
        let text = PageText(bytes)
        let states = OutletStateScanner.states(in: text)
        let isInside = text.contains("Log Out") || states != nil
        if text.isBlank {
            kind = .empty
        } else if text.contains("Impossible to login") || text.contains("there is an active session with this device") {
            kind = .busy
        } else {
            // Not by the words "EnerGenie Web:" above the form: a title may hold them on every page.
            kind =
                switch (text.hasPasswordField, isInside) {
                case (true, true): .contradictory
                case (true, false): .login
                case (false, true): .loggedIn
                case (false, false): .foreign
                }
        }
        self.states = kind == .loggedIn ? states : nil
    }

    /// The names of outlets 1 to 4, in this order, as the page shows them; nothing unless it shows exactly four.
    public var outletNames: [String]? {
        let names = PageText(bytes).contents(ofHeading: "<h2 class=\"ener\">", end: "</h2>")
        return kind == .loggedIn && names.count == 4 ? names : nil
    }
}
