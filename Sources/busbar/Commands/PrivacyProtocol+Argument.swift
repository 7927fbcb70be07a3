public import ArgumentParser
public import SNMPClient

extension PrivacyProtocol: ExpressibleByArgument {}
