import Foundation

/// What is said to etcd's JSON gateway and what it answers. Keys and values are base64 there, and 64-bit numbers are text.
enum Etcd {
    struct Header: Decodable {
        var cluster_id: String?
        var revision: String?
    }

    struct KeyValue: Decodable {
        var key: Data
        var value: Data?
        var create_revision: String?
        var mod_revision: String?
        var lease: String?

        var name: String { String(decoding: key, as: UTF8.self) }
        var epoch: Int64 { create_revision.flatMap { Int64($0) } ?? 0 }
        /// When the key was put last.
        var changed: Int64 { mod_revision.flatMap { Int64($0) } ?? 0 }
        var contents: Data { value ?? Data() }
    }

    struct Range: Encodable {
        var key: Data
        var range_end: Data?
        var limit: String?
        /// Only keys that were made at this revision or later.
        var min_create_revision: String?
        var count_only: Bool?

        init(_ key: String) {
            self.key = Data(key.utf8)
        }

        init(prefix: String, limit: Int? = nil) {
            key = Data(prefix.utf8)
            range_end = Etcd.end(of: prefix)
            self.limit = limit.map(String.init)
        }
    }

    struct RangeAnswer: Decodable {
        var header: Header?
        var kvs: [KeyValue]?
        var more: Bool?
        /// How many keys there are, whatever was given of them. Without it there are none.
        var count: String?
    }

    struct Put: Encodable {
        var key: Data
        var value: Data
        var lease: String?
        var prev_kv: Bool?

        init(_ key: String, _ value: Data, lease: String? = nil, previous: Bool? = nil) {
            self.key = Data(key.utf8)
            self.value = value
            self.lease = lease
            prev_kv = previous
        }
    }

    struct Delete: Encodable {
        var key: Data

        init(_ key: String) {
            self.key = Data(key.utf8)
        }
    }

    struct Compare: Encodable {
        var key: Data
        var target: String
        var result = "EQUAL"
        var create_revision: String?
        var mod_revision: String?
        var value: Data?

        /// The key was made at this revision; 0 for a key that is not there.
        static func created(_ key: String, at revision: Int64) -> Compare {
            Compare(key: Data(key.utf8), target: "CREATE", create_revision: String(revision))
        }

        /// The key was put last at this revision; 0 for a key that is not there.
        static func changed(_ key: String, at revision: Int64) -> Compare {
            Compare(key: Data(key.utf8), target: "MOD", mod_revision: String(revision))
        }

        static func value(_ key: String, is value: Data) -> Compare {
            Compare(key: Data(key.utf8), target: "VALUE", value: value)
        }
    }

    struct Operation: Encodable {
        var request_put: Put?
        var request_range: Range?
        var request_delete_range: Delete?

        static func put(_ put: Put) -> Operation { Operation(request_put: put) }
        static func range(_ range: Range) -> Operation { Operation(request_range: range) }
        static func delete(_ key: String) -> Operation { Operation(request_delete_range: Delete(key)) }
    }

    struct Transaction: Encodable {
        var compare: [Compare]
        var success: [Operation]
        var failure: [Operation] = []
    }

    struct TransactionAnswer: Decodable {
        struct Response: Decodable {
            struct PutAnswer: Decodable { var prev_kv: KeyValue? }

            var response_put: PutAnswer?
            var response_range: RangeAnswer?
        }

        var header: Header?
        var succeeded: Bool?
        var responses: [Response]?

        var hasSucceeded: Bool { succeeded ?? false }
        var revision: Int64 { header?.revision.flatMap { Int64($0) } ?? 0 }

        /// What an operation, which is a range, has found.
        func range(_ operation: Int) -> RangeAnswer? {
            guard let responses, responses.indices.contains(operation) else { return nil }
            return responses[operation].response_range
        }

        /// The first key of it.
        func pair(_ operation: Int) -> KeyValue? { range(operation)?.kvs?.first }
    }

    struct LeaseRequest: Encodable {
        var ID: String?
        var TTL: String?
    }

    struct LeaseAnswer: Decodable {
        var header: Header?
        var ID: String?
        var TTL: String?
    }

    /// A keepalive is a stream, so its answer is wrapped.
    struct KeepAliveAnswer: Decodable {
        var result: LeaseAnswer?
    }

    struct Authentication: Encodable {
        var name: String
        var password: String
    }

    struct AuthenticationAnswer: Decodable {
        var token: String?
    }

    struct WatchRequest: Encodable {
        struct Create: Encodable {
            var key: Data
            var range_end: Data?
            var start_revision: String?
        }

        var create_request: Create
    }

    struct WatchAnswer: Decodable {
        struct Event: Decodable {
            /// `DELETE`; absent for a key that was put.
            var type: String?
            var kv: KeyValue
        }

        struct Result: Decodable {
            var header: Header?
            var created: Bool?
            var canceled: Bool?
            var cancel_reason: String?
            var events: [Event]?
        }

        var result: Result?
    }

    struct Problem: Decodable {
        struct Inner: Decodable {
            var grpc_code: Int?
            var message: String?
        }

        var error: String?
        var message: String?
        var code: Int?

        private enum CodingKeys: String, CodingKey { case error, message, code }

        /// A stream wraps its error once more.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            message = try? container.decodeIfPresent(String.self, forKey: .message)
            code = try? container.decodeIfPresent(Int.self, forKey: .code)
            error = try? container.decodeIfPresent(String.self, forKey: .error)
            if let inner = try? container.decodeIfPresent(Inner.self, forKey: .error) {
                message = inner.message
                code = inner.grpc_code
            }
        }
    }

    struct Nothing: Decodable {}

    /// The key after every key that begins so.
    static func end(of prefix: String) -> Data {
        var bytes = Array(prefix.utf8)
        while let last = bytes.popLast() {
            if last < 0xFF { return Data(bytes + [last + 1]) }
        }
        return Data([0])
    }
}
