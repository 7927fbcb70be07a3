import EnerGenieDriver
import Testing

@Suite("EnerGenie pages")
struct PlaceholderTests {}
