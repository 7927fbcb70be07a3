/// What a device sent back, read and, in version 3, verified.
struct Answer: Sendable, Equatable {
    /// The request's number; in reports of version 3 it may be missing.
    var requestID: Int32 = 0
    /// SNMP's error status, 0 for none (RFC 3416, section 3).
    var errorStatus: Int32 = 0
    /// Which object the error status is about, from 1; 0 for none.
    var errorIndex: Int32 = 0
    /// What a version 3 report says; nil for a response.
    var report: EngineReport?
    /// Version 3: the message is of another engine than the one known so far.
    var engineIsNew = false
    var varBinds: [VarBind] = []
}
