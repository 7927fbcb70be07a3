import Foundation

/// The sanitizer that the tests run under, as `scripts/sanitize` says.
public enum Sanitizer {
    private static let name = ProcessInfo.processInfo.environment["BUSBAR_SANITIZER"]

    /// Whether it is the thread sanitizer.
    public static let isForThreads = name == "thread"
    /// Under a sanitizer everything takes several times as long: tests of very much work do so many times less, and what
    /// has to be quick may take so many times as long.
    public static let slowness = name == nil ? 1 : 4
}
