using System.Globalization;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// How trust passes from a log's key to the next one: by a statement that the old key signed, and by nothing that the log merely says. A
/// key that was lost has no such statement; then people tell each other the new one.
/// </summary>
/// <remarks>
/// Statement N, at <c>key-statements/N</c> for the key N of the log's list (from 0, so that the first is 1), is a <see cref="LogKeyStatement"/>.
/// </remarks>
/// <param name="Keys">The keys that were held, and those that they passed the log on to.</param>
/// <param name="Statements">The statements that were followed, oldest first.</param>
internal sealed record KeySuccession(IReadOnlyList<VerifierKey> Keys, IReadOnlyList<Note> Statements)
{
    public static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"key-statements/{number}");

    /// <summary>Follows the log's own list of keys as far as statements lead.</summary>
    /// <exception cref="LogReadException">Unreachable or malformed.</exception>
    public static async Task<KeySuccession> FollowAsync(
        LogClient client, string origin, IReadOnlyCollection<VerifierKey> held, CancellationToken cancellationToken)
    {
        List<VerifierKey> trusted = [.. held];
        List<Note> statements = [];
        IReadOnlyList<VerifierKey> named = await client.ReadKeysAsync(cancellationToken);
        for (int number = 1; number < named.Count; number++)
        {
            (VerifierKey old, VerifierKey next) = (named[number - 1], named[number]);
            if (trusted.Contains(next) || !trusted.Contains(old) || next.Name != origin || next.Algorithm != KeyAlgorithm.Ed25519)
            {
                continue;
            }

            if (await client.ReadNoteAsync(PathOf(number), cancellationToken) is { } statement && LogKeyStatement.Passes(statement, origin, old, next))
            {
                trusted.Add(next);
                statements.Add(statement);
            }
        }

        return new KeySuccession(trusted, statements);
    }
}
