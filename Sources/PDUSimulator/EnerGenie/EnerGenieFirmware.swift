/// The ways in which the firmware of EnerGenie strips differs.
public struct EnerGenieFirmware: Sendable, Hashable {
    /// How a page shows the outlets' states.
    public enum PageForm: String, Sendable, CaseIterable {
        /// As `var sockstates = [1,0,1,0];`.
        case script
        /// As a bare `1,0,1,0`, and only on `/`: older firmware.
        case bare
    }

    /// How an answer's head is written, and what says where its body ends.
    public enum HeadForm: String, Sendable, CaseIterable {
        /// With a content length.
        case counted
        /// Without one: the body ends with the connection.
        case untilClose
        /// In chunks.
        case chunked
        /// With a content length, and lines that end in LF alone.
        case lineFeeds
    }

    /// The state codes of the native protocol, named as in egctl.
    public enum Dialect: String, Sendable, CaseIterable {
        /// EG-PMS-LAN.
        case pms20
        /// EG-PM2-LAN and EG-PMS2-LAN.
        case pms21
        /// EG-PMS-WLAN and EG-PMS2-WLAN.
        case pmswlan
    }

    /// How pages show the states.
    public var page: PageForm
    /// How answers are framed.
    public var head: HeadForm
    /// How the native protocol codes the states.
    public var dialect: Dialect

    /// A firmware; the defaults are those of EG-PMS2-LAN.
    public init(page: PageForm = .script, head: HeadForm = .counted, dialect: Dialect = .pms21) {
        self.page = page
        self.head = head
        self.dialect = dialect
    }
}
