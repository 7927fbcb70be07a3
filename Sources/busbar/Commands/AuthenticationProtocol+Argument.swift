public import ArgumentParser
public import SNMPClient

extension AuthenticationProtocol: ExpressibleByArgument {}
