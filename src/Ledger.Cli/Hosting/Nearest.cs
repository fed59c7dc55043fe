namespace Ledger.Cli.Hosting;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Nearest
{
    // Three slips in a word are still a slip; more is another word.
    private const int Slips = 3;

    public static string? To(string word, IEnumerable<string> known) => known
        .Select(k => (Word: k, Distance: Distance(word.ToUpperInvariant(), k.ToUpperInvariant())))
        .Where(k => k.Distance <= Math.Min(Slips, k.Word.Length / 2))
        .OrderBy(k => k.Distance)
        .Select(k => k.Word)
        .FirstOrDefault();

    private static int Distance(string a, string b)
    {
        int[] row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
