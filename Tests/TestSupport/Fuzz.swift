import Foundation

/// How much nonsense parsers are fed.
///
/// Tests that do so have `fuzz` in the name of their suite or function, in either case, and seeds of their own, so that
/// a failure comes back in the next run. `scripts/fuzz` goes further: it is guided by the code that an input reaches.
public enum Fuzz {
    /// How many rounds to go: the usual number, times `BUSBAR_FUZZ_ROUNDS` of the environment.
    public static func rounds(_ usual: Int) -> Range<Int> {
        let factor = ProcessInfo.processInfo.environment["BUSBAR_FUZZ_ROUNDS"].flatMap(Int.init) ?? 1
        return 0..<usual * min(max(factor, 1), 100_000)
    }
}
