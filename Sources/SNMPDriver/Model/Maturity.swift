/// How well a model file is known to describe real devices.
public enum Maturity: String, Sendable, Hashable, CaseIterable {
    /// Switched and read on a device of the family.
    case hardware
    /// Taken from the vendor's MIB or manual, partly seen in recorded answers, not tried on a device.
    case mib
    /// Taken from another program that is said to work; the vendor's text was not found. Experimental.
    case seen
}
