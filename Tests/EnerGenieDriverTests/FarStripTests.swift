import NIOCore
import NIOPosix
import PDUSimulator
import Power
import Testing

@testable import EnerGenieDriver

@Suite("A strip far away", .timeLimit(.minutes(2)))
struct FarStripTests {
    /// Holds back everything that passes, each way.
    private final class SlowRelay: Sendable {
        let port: Int
        private let channel: any Channel

        init(to port: Int, eachWay delay: Duration) async throws {
            let group = MultiThreadedEventLoopGroup.singleton
            let nanoseconds = Int64(delay / .nanoseconds(1))
            channel = try await ServerBootstrap(group: group)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { front in
                    // Both ends on one loop, so that each may use the other's channel.
                    ClientBootstrap(group: front.eventLoop)
                        .channelInitializer { back in
                            back.eventLoop.makeCompletedFuture {
                                try back.pipeline.syncOperations.addHandler(
                                    Holder(other: front, delay: .nanoseconds(nanoseconds))
                                )
                            }
                        }
                        .connect(host: "127.0.0.1", port: port)
                        .flatMapThrowing { back in
                            try front.pipeline.syncOperations.addHandler(
                                Holder(other: back, delay: .nanoseconds(nanoseconds))
                            )
                        }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            self.port = channel.localAddress?.port ?? 0
        }

        func stop() async throws { try await channel.close() }
    }

    private final class Holder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel
        private let delay: TimeAmount

        init(other: any Channel, delay: TimeAmount) {
            self.other = other
            self.delay = delay
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            let other = other
            context.eventLoop.scheduleTask(in: delay) { other.writeAndFlush(bytes, promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            let other = other
            context.eventLoop.scheduleTask(in: delay) { other.close(promise: nil) }
        }
    }

    private func native(_ strip: Strip, _ port: Int, limit: Duration = .seconds(5)) throws -> EnerGenieTCPDriver {
        strip.drivers.native(
            EnerGenieTCPConfiguration(
                endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: port)),
                password: try #require(EnerGeniePassword("1")),
                limit: limit
            ),
            clock: ContinuousClock()
        )
    }

    @Test("250 ms each way is read and switched through the native protocol with nothing set")
    func native() async throws {
        try await Strip.with { strip in
            let relay = try await SlowRelay(to: strip.device.nativePort, eachWay: .milliseconds(250))
            let driver = try native(strip, relay.port)
            #expect(try await driver.states() == [.off, .off, .off, .off])
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
            try await relay.stop()
        }
    }

    @Test("farther than any place on earth is reached after a try or two, and never told of a wrong password")
    func veryFar() async throws {
        try await Strip.with { strip in
            let relay = try await SlowRelay(to: strip.device.nativePort, eachWay: .milliseconds(700))
            let driver = try native(strip, relay.port)
            var codes: [DriverError.Code] = []
            var states: [PowerState?] = []
            for _ in 0..<4 where states.isEmpty {
                do throws(DriverError) {
                    states = try await driver.states()
                } catch {
                    codes.append(error.code)
                }
            }
            #expect(states == [.off, .off, .off, .off])
            #expect(codes.allSatisfy { $0 == .timeout || $0 == .interrupted }, "\(codes)")
            try await relay.stop()
        }
    }

    @Test("250 ms each way is read and switched through its web interface with nothing set")
    func web() async throws {
        try await Strip.with { strip in
            let relay = try await SlowRelay(to: strip.device.webPort, eachWay: .milliseconds(250))
            let driver = strip.drivers.web(
                EnerGenieWebConfiguration(
                    endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: relay.port)),
                    password: try #require(EnerGeniePassword("1"))
                ),
                clock: ContinuousClock()
            )
            #expect(try await driver.states() == [.off, .off, .off, .off])
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
            #expect(strip.log.lines.isEmpty)
            try await relay.stop()
        }
    }

    @Test("gets the time that it was seen to need, between the least and the most")
    func patience() {
        var patience = StartPatience(floor: .milliseconds(125), ceiling: .seconds(5))
        #expect(patience.wait(connecting: .zero) == .seconds(1))
        #expect(patience.wait(connecting: .milliseconds(500)) == .seconds(2))
        #expect(patience.wait(connecting: .seconds(9)) == .seconds(5))
        patience.answered(after: .milliseconds(1))
        #expect(patience.wait(connecting: .zero) == .milliseconds(125))
        patience.answered(after: .milliseconds(300))
        #expect(patience.wait(connecting: .zero) == .milliseconds(1200))
        patience.spoiled()
        #expect(patience.wait(connecting: .zero) == .milliseconds(2400))
        for _ in 0..<10 { patience.spoiled() }
        #expect(patience.wait(connecting: .zero) == .seconds(5))
    }
}
