import CChildProcess

/// The operating system's words for an error number, as `Permission denied`.
func errorText(_ number: Int32) -> String {
    busbar_error_text(number).map { String(cString: $0) } ?? "error \(number)"
}
