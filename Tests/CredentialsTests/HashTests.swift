import Credentials
import Foundation
import Testing

@Suite("What is kept of tokens and passwords")
struct HashTests {
    @Test("a token is told by its hash, and the hash is read back as it was written")
    func tokens() throws {
        let token = RandomSecret.token()
        let hash = TokenHash(of: token)
        #expect(token.utf8.count == 43)
        #expect(RandomSecret.token() != token)
        let read = try #require(TokenHash(hash.description))
        #expect(read.isEqual(to: TokenHash(of: token)))
        #expect(!read.isEqual(to: TokenHash(of: token + "x")))
        #expect(!hash.description.contains(token))
        // From sha256sum.
        #expect(
            TokenHash(of: "abc").description
                == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    @Test(
        "a password is told by its hash, two hashes of one password differ, and the hash is read back as it was written"
    )
    func passwords() throws {
        let hash = PasswordHash(of: "correct horse")
        #expect(hash.description != PasswordHash(of: "correct horse").description)
        let read = try #require(PasswordHash(hash.description))
        #expect(read.matches("correct horse"))
        #expect(!read.matches("correct horsf"))
        #expect(!read.matches(""))
    }

    @Test(
        "a hash that Python's hashlib made is understood, the cheapest and the dearest too",
        arguments: [
            "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$pSzIOJpOdVZQ8D9LFHEmiMReJgL8nFDFMm4cGbdMyIk",
            "$scrypt$ln=15,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$YQScaa9iF3997Me6OnSt4RN44sHmMt+bPkRpNEveL1s",
            "$scrypt$ln=16,r=8,p=4$MDEyMzQ1Njc4OWFiY2RlZg$oHjjrcyoVZnfBTPhf9D+WTSISx1CqLf1smRMZA7Nr3k",
        ]
    )
    func foreign(_ text: String) throws {
        let hash = try #require(PasswordHash(text))
        #expect(hash.matches("battery staple"))
        #expect(!hash.matches("battery stapl"))
    }

    @Test(
        "what is no hash is refused, and so is one that costs too much or too little",
        arguments: [
            "", "sha256:", "sha256:xy", "$scrypt$", "$scrypt$ln=15,r=8,p=1$$", "$2b$12$abcdefghijklmnopqrstuv",
            "$scrypt$ln=20,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
            "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
            "$scrypt$ln=15,r=8,p=1$MDEy$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
            "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015A",
        ]
    )
    func refused(_ text: String) {
        #expect(PasswordHash(text) == nil)
        #expect(TokenHash(text) == nil)
    }

    @Test("a seal tells the same texts again, in this process and in no other way of cutting them")
    func seals() {
        let seal = ProcessSeal()
        #expect(seal.seal("ab", "c") == seal.seal("ab", "c"))
        #expect(seal.seal("ab", "c") != seal.seal("a", "bc"))
        #expect(ProcessSeal().seal("ab", "c") != seal.seal("ab", "c"))
    }
}
