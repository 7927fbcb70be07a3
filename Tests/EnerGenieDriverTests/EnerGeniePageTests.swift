import EnerGenieDriver
import Power
import TestSupport
import Testing

@Suite("Pages")
struct EnerGeniePageTests {
    @Test(
        "are told apart by their text",
        arguments: [
            ("<a href=\"login.html\">Log Out</a>", EnerGeniePage.Kind.loggedIn),
            ("<script>var sockstates = [1,0,1,0];</script>", .loggedIn),
            ("1,0,1,0", .loggedIn),
            ("<div>EnerGenie Web:</div><input type=\"password\" name=\"pw\">", .login),
            ("<INPUT name=x TYPE = 'Password'>", .login), ("<input size=8 name=pw>", .login),
            ("<title>EnerGenie Web: lab</title><a href=\"login.html\">Log Out</a>", .loggedIn),
            ("<title>EnerGenie Web: lab</title>var sockstates = [1,0,1,0];", .loggedIn),
            ("<input type=password><a href=\"login.html\">Log Out</a>", .contradictory),
            ("<input type=password>var sockstates = [1,0,1,0];", .contradictory),
            ("<input type=text name=passwords><p>type=password</p>", .foreign),
            ("<div>&nbsp;EnerGenie Web:&nbsp;lab</div>", .foreign),
            ("Impossible to login - there is an active session with this device at this moment.", .busy),
            ("", .empty), (" \r\n\t", .empty),
            ("<html><title>Router</title></html>", .foreign), ("\u{0}\u{1}", .foreign),
        ]
    )
    func kinds(text: String, kind: EnerGeniePage.Kind) {
        #expect(EnerGeniePage(text.utf8).kind == kind)
    }

    @Test(
        "show states in the two known forms",
        arguments: [
            "var sockstates = [1,0,0,1];", "var sockstates=[1,0,0,1]", "var  sockstates =\r\n [ 1 , 0 , 0 , 1 ] ;",
            "sockstates[0] == 1; var sockstates = [1,0,0,1]; if (sockstates == 0) {}",
            "var sockstates = [1,0,0,1]; var sockstates = [1,0,0,1];",
            "var others = [0,0,0,0]; var sockstates = [1,0,0,1]; <p>1,1,1,1</p>",
            "1,0,0,1", "<html><p> 1,0,0,1\r\n</p></html>", "<p>1, 0, 0, 1</p>", "<script>1,0,0,1;</script>",
            "<area coords=\"0,0,1,1\"><p>1,0,0,1</p><p>1,2,3,4</p>",
        ]
    )
    func states(text: String) {
        #expect(EnerGeniePage(text.utf8).states == [.on, .off, .off, .on])
    }

    @Test(
        "that show states in no known form, or not beyond doubt, show none",
        arguments: [
            "var sockstates = [1,0,0];", "var sockstates = [1,0,0,1,0];", "var sockstates = [1,0,0,2];",
            "var sockstates = [1,0,0,1", "var sockstates = [1,0,0,", "var sockstates = 1,0,0,1;",
            "var sockstates = [1,0,0,1]; var sockstates = [1,0,0,0];", "var sockstates = [10,0,0,1];",
            "var sockstates = [1,0,0,x]; <p>1,0,0,1</p>", "var mysockstates = [1,0,0,1];",
            "var sockstates2 = [1,0,0,1];",
            "window.sockstates = [1,0,0,1];", "var colours = [1,0,0,1];", "rgba(1,0,0,1)", "<area coords=\"1,0,0,1\">",
            "<p>1,0,0,1,1</p>", "<p>11,0,0,1</p>", "<p>1,0,0,1.5</p>", "<p>-1,0,0,1</p>", "<p>x 1,0,0,1</p>",
            "<p>1,0,0,1</p><p>0,1,1,0</p>", "<p>1,0,0,1</p><p>1,0,0,1</p>", "<!-- 1,0,0,1 -->",
            "<p>1,0,0,1 x</p>", "x = 1,0,0,1;", "1,0,0", "1;0;0;1", "<p>1,,0,0,1</p>",
        ]
    )
    func noStates(text: String) {
        #expect(EnerGeniePage("\(text) <a>Log Out</a>".utf8).states == nil)
    }

    @Test(
        "that end within a list of states show none",
        arguments: ["<p>1,0,0,1", "var sockstates = [1,0,0,1", "<p>1,0,0"]
    )
    func cutShort(text: String) {
        #expect(EnerGeniePage("<a>Log Out</a>\(text)".utf8).states == nil)
    }

    @Test("of somebody who is not logged in show no states, whatever they hold")
    func notLoggedIn() {
        #expect(EnerGeniePage("<input type=password> var sockstates = [1,0,0,1];".utf8).states == nil)
    }

    @Test("name the outlets, in ISO 8859-1 and with entities")
    func names() {
        let names = ["K\u{fc}che", "a &amp; b", "&lt;3", ""]
        let text = "<h2>Strip</h2>" + names.map { "<H2 class=\"ener\"> \($0) </h2>" }.joined() + "Log Out"
        let latin1 = text.unicodeScalars.map { UInt8($0.value) }
        #expect(EnerGeniePage(latin1).outletNames == ["Küche", "a & b", "<3", ""])
        #expect(EnerGeniePage("<h2 class=\"ener\">one</h2> Log Out".utf8).outletNames == nil)
    }

    @Test(
        "that are random or mutated never crash the parser, and never turn an outlet round",
        arguments: 0..<20 as Range<UInt64>
    )
    func fuzz(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pages = [
            "<script>var sockstates = [1,1,1,1];</script><h2 class=\"ener\">x</h2><a>Log Out</a>",
            "<p>1,1,1,1</p> Log Out",
            "<input type='password' name='pw'>", "there is an active session with this device",
        ]
        for page in pages {
            for _ in Fuzz.rounds(100) {
                let mutated = random.mutated(Array(page.utf8))
                let states = EnerGeniePage(mutated).states
                #expect(states == nil || states?.count == 4)
                // Only a digit that itself became a zero may be read as off.
                if !mutated.contains(UInt8(ascii: "0")) { #expect(states == nil || states == [.on, .on, .on, .on]) }
                _ = EnerGeniePage(random.bytes(upTo: 400)).outletNames
            }
        }
    }
}
