/// How an outlet is switched.
struct OutletControl: Sendable, Hashable {
    /// How several outlets are switched with one request.
    enum Together: Sendable, Hashable {
        /// The writes of all of them go into one SET.
        case oneRequest
        /// They are queued with values of their own and then committed.
        case queue(Queue)
    }

    /// Values that only queue an action, and the writes that empty the queue first and carry it out afterwards.
    struct Queue: Sendable, Hashable {
        let on: ObjectWrite
        let off: ObjectWrite
        let before: [ObjectWrite]
        let after: [ObjectWrite]
    }

    /// The writes of each action; those of one action go into one SET.
    let actions: [OutletAction: [ObjectWrite]]
    /// Each of them is a SET of its own before every SET of an action: an unlock.
    let before: [ObjectWrite]
    /// The device honours `before` only for some time, so that a lost answer means all of it again.
    let unlockExpires: Bool
    /// Each of them is a SET of its own after it: a commit.
    let after: [ObjectWrite]
    /// The written object holds all outlets in one text, which is read, changed and written back.
    let packed: PackedList?
    let together: Together?
}
