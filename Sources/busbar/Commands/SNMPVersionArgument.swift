import ArgumentParser

/// A version of SNMP on the command line.
enum SNMPVersionArgument: String, CaseIterable, ExpressibleByArgument {
    case v1 = "1"
    case v2c = "2c"
    case v3 = "3"
}
