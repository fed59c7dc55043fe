using System.Security.Cryptography;
using System.Text;

namespace Ledger.Cli.Transparency;

/// <summary>The name of a log as a file name and in a witness's addresses (tlog-witness, "Monitor Retrieval Mechanism").</summary>
internal static class OriginHash
{
    /// <summary>SHA-256 of the origin, 64 hexadecimal digits in lower case.</summary>
    public static string Of(string origin) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));
}
