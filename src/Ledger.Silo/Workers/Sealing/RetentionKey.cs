using System.Security.Cryptography;
using System.Text;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>
/// The key of one retention class and month of an organisation. Each worker has a share of it, and what is sealed opens only with both the share
/// and the worker's own key: destroying the one forgets the class and month for everybody, destroying the other forgets the person.
/// </summary>
/// <remarks>
/// <code>
/// share = HMAC-SHA256(retention key, ledger-retention/v1 LF stream LF class LF yyyy-MM)
/// key   = HKDF-SHA256(worker's key, salt = share, info = ledger-seal/v2)                       RFC 5869
/// </code>
/// A hold keeps the share, not the retention key: it opens nobody else's, and nothing without the worker's key.
/// </remarks>
internal sealed class RetentionKey(byte[] key)
{
    public const int ShareLength = HMACSHA256.HashSizeInBytes;

    /// <summary>One worker's share.</summary>
    /// <param name="stream">Name of the worker's stream.</param>
    /// <param name="period">The class and month of this key.</param>
    public byte[] ShareOf(string stream, RetentionPeriod period) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"ledger-retention/v1\n{stream}\n{period.Class}\n{period.Month}"));
}
