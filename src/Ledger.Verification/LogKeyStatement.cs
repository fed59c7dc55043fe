using System.Globalization;
using System.Text;

namespace Ledger.Verification;

/// <summary>
/// How a log's key passes the log on to the next one: a note that both keys sign, or the next one alone when the old one was lost, which
/// then passes nothing on.
/// </summary>
/// <remarks>
/// <code>
/// ledger-log-key/v1 LF
/// origin LF
/// old verifier key LF
/// new verifier key LF
/// unix time in seconds LF
/// </code>
/// </remarks>
public static class LogKeyStatement
{
    private const string Header = "ledger-log-key/v1";

    /// <summary>The text to sign. The origin is the name of the keys.</summary>
    /// <param name="old">The key that signed until now.</param>
    /// <param name="next">The key that signs from now on.</param>
    /// <param name="time">When, to the second.</param>
    public static byte[] ToText(VerifierKey old, VerifierKey next, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(old);
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Header}\n{old.Name}\n{old}\n{next}\n{time.ToUnixTimeSeconds()}\n"));
    }

    /// <summary>Whether a note passes the log of this origin on from one key to the other, and both signed that.</summary>
    public static bool Passes(Note statement, string origin, VerifierKey old, VerifierKey next)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(next);
        return Encoding.UTF8.GetString(statement.Text.Span).Split('\n') is [Header, var of, var from, var to, _, ""]
            && of == origin && from == old.ToString() && to == next.ToString()
            && statement.Verify([old], out _) == NoteVerdict.Verified
            && statement.Verify([next], out _) == NoteVerdict.Verified;
    }
}
