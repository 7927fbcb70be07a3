public import Agent
public import Credentials
import Dispatch
import Foundation
import Synchronization

/// Somebody whom the configuration names.
public struct WebUser: Sendable, Equatable {
    /// The name.
    public var name: String
    /// What it may do.
    public var rights: Rights
    /// Of the password that it gives in the browser.
    public var password: PasswordHash?
    /// Of the tokens that it shows.
    public var tokens: [TokenHash]

    /// A user; one without password and token is known at the broker only, or by a proxy.
    public init(name: String, rights: Rights, password: PasswordHash? = nil, tokens: [TokenHash] = []) {
        self.name = name
        self.rights = rights
        self.password = password
        self.tokens = tokens
    }

    /// What its sessions hang on: when it changes, they end.
    var proofs: Set<String> { Set(tokens.map(\.description) + [password].compactMap { $0?.description }) }
}

/// People who have logged in at a reverse proxy, which says their name in a header.
public struct ProxyLogin: Sendable, Equatable {
    /// The name of the header.
    public var header: String
    /// What somebody may do who is none of the users; nothing for not let in.
    public var others: Rights?

    /// A login by this header.
    public init(header: String, others: Rights?) {
        self.header = header
        self.others = others
    }
}

/// The sessions of people who have signed in: a table of so many at most, in which each ends by itself.
struct SessionTable {
    /// How many there are at most; the one that was not used for the longest time makes place for a new one.
    static let capacity = 1024
    /// How many of one user.
    static let capacityOfUser = 32

    struct Session: Sendable, Equatable {
        /// What people see of it; nobody can sign in with it.
        let number: UInt64
        let user: String
        /// The hash of what the user showed.
        let proof: String
        /// From where it was begun.
        let address: String
        let since: ContinuousClock.Instant
        var used: ContinuousClock.Instant
    }

    /// A session that is not used for so long ends.
    var idle = Duration.seconds(12 * 3600)
    /// No session lasts longer.
    var limit = Duration.seconds(7 * 86_400)
    private var sessions: [TokenHash: Session] = [:]
    private var lastNumber: UInt64 = 0

    /// Begins a session.
    mutating func begin(_ key: TokenHash, user: String, proof: String, address: String, at now: ContinuousClock.Instant)
    {
        forgetOld(at: now)
        let own = sessions.filter { $0.value.user == user }
        if own.count >= Self.capacityOfUser { dropOldest(of: own) }
        if sessions.count >= Self.capacity { dropOldest(of: sessions) }
        lastNumber += 1
        sessions[key] = Session(number: lastNumber, user: user, proof: proof, address: address, since: now, used: now)
    }

    /// The session of a key, which is used now; nothing when there is none, or it has ended.
    mutating func use(_ key: TokenHash, at now: ContinuousClock.Instant) -> Session? {
        guard var session = sessions[key] else { return nil }
        guard isAlive(session, at: now) else {
            sessions[key] = nil
            return nil
        }
        session.used = now
        sessions[key] = session
        return session
    }

    /// Whether a session still stands, which is no use of it.
    func stands(_ number: UInt64, at now: ContinuousClock.Instant) -> Bool {
        sessions.values.contains { $0.number == number && isAlive($0, at: now) }
    }

    mutating func end(_ key: TokenHash) -> Session? { sessions.removeValue(forKey: key) }

    /// Ends those that a condition holds for.
    mutating func end(where isMeant: (Session) -> Bool) -> Int {
        let before = sessions.count
        sessions = sessions.filter { !isMeant($0.value) }
        return before - sessions.count
    }

    /// Those that stand, the newest first.
    func all(at now: ContinuousClock.Instant) -> [Session] {
        sessions.values.filter { isAlive($0, at: now) }.sorted { $0.number > $1.number }
    }

    private func isAlive(_ session: Session, at now: ContinuousClock.Instant) -> Bool {
        now - session.used < idle && now - session.since < limit
    }

    private mutating func forgetOld(at now: ContinuousClock.Instant) {
        sessions = sessions.filter { isAlive($0.value, at: now) }
    }

    private mutating func dropOldest(of some: [TokenHash: Session]) {
        if let oldest = some.min(by: { $0.value.used < $1.value.used }) { sessions[oldest.key] = nil }
    }
}

/// Which refusals are written down: each the first time, and then once in a while, so that a program that asks all day for what
/// it may not see, or somebody who guesses, does not push everything else out of the audit trail.
struct DenialBook {
    static let pause = Duration.seconds(60)
    static let capacity = 1024
    private var last: [String: ContinuousClock.Instant] = [:]

    mutating func isNews(_ key: String, at now: ContinuousClock.Instant) -> Bool {
        if let before = last[key], now - before < Self.pause { return false }
        if last.count >= Self.capacity {
            last = last.filter { now - $0.value < Self.pause }
            guard last.count < Self.capacity else { return false }
        }
        last[key] = now
        return true
    }
}

/// Knows the users, and who of them is there: by token, by password, by session. One for the process, so that sessions outlive a
/// listener that is served anew.
public final class SignInDesk: Sendable {
    /// How many passwords wait to be checked, one after the other.
    private static let maximumWaiting = 32
    /// How many of one address.
    private static let maximumWaitingOfAddress = 4
    /// How many right passwords are known again without a check.
    private static let maximumVerified = 256
    /// What is checked for somebody who is not there, so that the time does not tell.
    private static let nobody = PasswordHash(of: RandomSecret.token())

    private struct State {
        var users: [String: WebUser]?
        var sessions = SessionTable()
        var denials = DenialBook()
        /// Passwords that were right in this process, under a seal, with the hash that they were right for.
        var verified: [[UInt8]: PasswordHash] = [:]
        var waiting: [PeerAddress: Int] = [:]
        var waitingCount = 0
    }

    /// What a password comes to.
    enum Verdict {
        case right(WebUser)
        case wrong
        /// Too many wait.
        case busy
        /// The address has to pause by now.
        case pause(Duration)
    }

    private let state = Mutex(State())
    private let seal = ProcessSeal()
    /// Checks take long and much memory, so there is one at a time, and none on an event loop.
    private let queue = DispatchQueue(label: "busbar.passwords")

    /// A desk that knows no users.
    public init() {}

    /// Takes over the users of the configuration, and how long sessions last. Sessions of users that are no more, or whose
    /// password or token was changed, end.
    ///
    /// - Parameter users: nothing where none are configured, and nobody is asked who it is.
    public func adopt(_ users: [WebUser]?, idle: Duration, limit: Duration) {
        state.withLock { state in
            let known = users.map { Dictionary($0.map { ($0.name, $0) }) { first, _ in first } }
            state.users = known
            state.sessions.idle = idle
            state.sessions.limit = limit
            state.verified = [:]
            _ = state.sessions.end { known?[$0.user]?.proofs.contains($0.proof) != true }
        }
    }

    /// Whether users are configured.
    var hasUsers: Bool { state.withLock { $0.users != nil } }

    func user(named name: String) -> WebUser? { state.withLock { $0.users?[name] } }

    /// The user of a token, and which of its hashes it was.
    func user(ofToken token: some StringProtocol) -> (user: WebUser, proof: String)? {
        let shown = TokenHash(of: token)
        return state.withLock { state in
            var found: (WebUser, String)?
            for user in (state.users ?? [:]).values {
                for hash in user.tokens where hash.isEqual(to: shown) { found = (user, hash.description) }
            }
            return found
        }
    }

    /// The user of a password that was right before.
    func known(_ name: String, _ password: String) -> WebUser? {
        let key = seal.seal(name, password)
        return state.withLock { state in
            guard let hash = state.verified[key], let user = state.users?[name], user.password == hash else {
                return nil
            }
            return user
        }
    }

    /// Checks a password.
    ///
    /// - Parameter pause: asked right before the check, which may have waited, whether the address has guessed too often.
    func check(
        _ name: String,
        _ password: String,
        from peer: PeerAddress,
        pause: @escaping @Sendable () -> Duration?
    ) async -> Verdict {
        if let user = known(name, password) { return .right(user) }
        let mayWait = state.withLock { state in
            guard state.waitingCount < Self.maximumWaiting,
                state.waiting[peer, default: 0] < Self.maximumWaitingOfAddress
            else { return false }
            state.waitingCount += 1
            state.waiting[peer, default: 0] += 1
            return true
        }
        guard mayWait else { return .busy }
        return await withCheckedContinuation { continuation in
            queue.async {
                let verdict = self.verdict(name, password, pause)
                self.state.withLock { state in
                    state.waitingCount -= 1
                    let rest = state.waiting[peer, default: 1] - 1
                    state.waiting[peer] = rest > 0 ? rest : nil
                }
                continuation.resume(returning: verdict)
            }
        }
    }

    private func verdict(_ name: String, _ password: String, _ pause: () -> Duration?) -> Verdict {
        // One who sent the same at the same time may have been right meanwhile.
        if let user = known(name, password) { return .right(user) }
        if let pause = pause() { return .pause(pause) }
        let hash = user(named: name)?.password
        guard (hash ?? Self.nobody).matches(password), let hash else { return .wrong }
        let key = seal.seal(name, password)
        return state.withLock { state in
            guard let user = state.users?[name], user.password == hash else { return .wrong }
            if state.verified.count >= Self.maximumVerified { state.verified = [:] }
            state.verified[key] = hash
            return .right(user)
        }
    }

    // MARK: - Sessions

    /// Begins a session.
    ///
    /// - Returns: the secret for the cookie.
    func begin(_ user: WebUser, proof: String, from peer: PeerAddress) -> String {
        let secret = RandomSecret.token()
        state.withLock { state in
            state.sessions.begin(
                TokenHash(of: secret),
                user: user.name,
                proof: proof,
                address: peer.description,
                at: .now
            )
        }
        return secret
    }

    /// Who has this secret in the cookie.
    func session(_ secret: some StringProtocol) -> (user: WebUser, number: UInt64)? {
        let key = TokenHash(of: secret)
        return state.withLock { state in
            guard let session = state.sessions.use(key, at: .now), let user = state.users?[session.user],
                user.proofs.contains(session.proof)
            else { return nil }
            return (user, session.number)
        }
    }

    /// Ends the session of this secret.
    func end(_ secret: some StringProtocol) {
        let key = TokenHash(of: secret)
        state.withLock { _ = $0.sessions.end(key) }
    }

    /// Ends every session of a user.
    ///
    /// - Returns: how many there were.
    func endSessions(of user: String) -> Int { state.withLock { $0.sessions.end { $0.user == user } } }

    /// The sessions that stand, with their age and since when each was not used.
    var sessions: [(session: SessionTable.Session, age: Duration, unused: Duration)] {
        let now = ContinuousClock.now
        return state.withLock { $0.sessions.all(at: now) }.map { ($0, now - $0.since, now - $0.used) }
    }

    /// What a visitor who came in before may do now; nothing when it would not be let in any more.
    func rightsNow(of visitor: Visitor) -> Rights? {
        state.withLock { state in
            switch visitor.way {
            case .open: state.users == nil ? visitor.rights : nil
            case .credentials: visitor.rights
            case .proxy(let isUser): isUser ? visitor.user.flatMap { state.users?[$0]?.rights } : visitor.rights
            case .socket: visitor.user.flatMap { state.users?[$0]?.rights }
            case .user(let proof):
                visitor.user.flatMap { state.users?[$0] }.flatMap { $0.proofs.contains(proof) ? $0.rights : nil }
            case .session(let number):
                state.sessions.stands(number, at: .now) ? visitor.user.flatMap { state.users?[$0]?.rights } : nil
            }
        }
    }

    /// Whether a refusal is to be written down.
    func isNews(_ denial: Denial) -> Bool {
        let key = "\(denial.user ?? "") \(denial.request) \(denial.message)"
        return state.withLock { $0.denials.isNews(key, at: .now) }
    }
}
