/// What is answered when the outcome is not known in the time that a request may take.
struct PendingView: Encodable {
    let pending = true
    let id: String?
    let message: String
}
