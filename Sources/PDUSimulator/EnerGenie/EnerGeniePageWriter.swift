internal import Power

/// Writes the pages of the simulated web interface: our own, with the texts by which the device's pages are known.
enum EnerGeniePageWriter {
    /// What a page shows.
    enum Page: Sendable, Equatable {
        case login
        case busy
        case notFound
        /// The outlets; without states where the firmware shows them on another page.
        case outlets([PowerState]?)
    }

    /// A whole answer, head and body.
    static func answer(_ page: Page, _ firmware: EnerGenieFirmware) -> [UInt8] {
        let body = text(page, firmware.page)
        let status = page == .notFound ? "404 Not Found" : "200 OK"
        switch firmware.head {
        case .counted: return Array(head(status, "Content-Length: \(body.utf8.count)", end: "\r\n").utf8) + body.utf8
        case .lineFeeds: return Array(head(status, "Content-Length: \(body.utf8.count)", end: "\n").utf8) + body.utf8
        case .untilClose: return Array(head(status, "Pragma: no-cache", end: "\r\n").utf8) + body.utf8
        case .chunked:
            let head = Array(head(status, "Transfer-Encoding: chunked", end: "\r\n").utf8)
            let bytes = Array(body.utf8)
            let middle = bytes.count / 2
            return head + chunk(bytes[..<middle]) + chunk(bytes[middle...]) + chunk([])
        }
    }

    private static func head(_ status: String, _ field: String, end: String) -> String {
        "HTTP/1.1 \(status)\(end)Content-Type: text/html\(end)\(field)\(end)Connection: close\(end)\(end)"
    }

    private static func chunk(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    private static func text(_ page: Page, _ form: EnerGenieFirmware.PageForm) -> String {
        switch page {
        case .login:
            "<html><head><title>Simulated strip</title></head><body><form action=\"login.html\" method=\"post\">"
                + "<div>EnerGenie Web:&nbsp;simulated</div><input type=\"password\" name=\"pw\"></form></body></html>"
        case .busy:
            "<html><body><div>Impossible to login - there is an active session with this device at this moment.</div>"
                + "</body></html>"
        case .notFound: "<html><body>No such page.</body></html>"
        case .outlets(let states): outlets(states, form)
        }
    }

    private static func outlets(_ states: [PowerState]?, _ form: EnerGenieFirmware.PageForm) -> String {
        let list = states.map { $0.map { $0 == .on ? "1" : "0" }.joined(separator: ",") }
        let shown =
            switch (list, form) {
            case (let list?, .script): "<script>var sockstates = [\(list)];</script>"
            case (let list?, .bare): "<p>\(list)</p>"
            case (nil, _): ""
            }
        let names = (1...4).map { "<h2 class=\"ener\">Outlet \($0)</h2>" }.joined()
        return "<html><head>\(shown)</head><body><h2>Simulated strip</h2>\(names)"
            + "<a href=\"login.html\">Log Out</a></body></html>"
    }
}
