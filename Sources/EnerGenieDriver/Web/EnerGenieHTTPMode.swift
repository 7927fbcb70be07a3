/// How HTTP is spoken with a device.
public enum EnerGenieHTTPMode: String, Sendable, CaseIterable {
    /// Answers are read as leniently as by the browsers that the firmware was made for, but nothing in them is guessed.
    case lenient
    /// Answers that bend the standard are errors.
    case strict
}
