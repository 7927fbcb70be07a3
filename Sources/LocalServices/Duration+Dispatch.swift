import Dispatch

extension Duration {
    /// The same for Dispatch, which counts in nanoseconds; what is too long becomes the longest there is.
    var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return .nanoseconds(overflow || sumOverflow ? Int.max / 4 : max(0, Int(sum)))
    }
}
