import Glibc

/// A value that only one thread at a time gets at.
///
/// It is what `Synchronization.Mutex` is, on a lock of pthreads: the thread sanitizer and other tools know that one, while
/// they have to be shown the other (`scripts/sanitize`).
///
/// `@unchecked Sendable` because `value` is guarded by `lock`, which is held during all of `withLock`; POSIX allows a
/// mutex to be used by all threads, and its address stays the same until `deinit`.
final class Guarded<Value: Sendable>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Calls the body while nobody else has the value. It must not call back into this object.
    func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
