import NIOCore
import NIOHTTP1

/// How much of a request's head is read.
enum HTTPLimits {
  /// Bytes of one header, and of all of them.
  private static let headerBytes = 4096, headersBytes = 8192
  private static let headerCount = 64

  static func decoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = headerBytes
    limits.maxHeaderListSize = headersBytes
    limits.maxHeaderFieldCount = headerCount
    return ByteToMessageHandler(
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
      maximumBufferSize: 2 * headersBytes)
  }
}
