using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Import.Mapping;

/// <summary>
/// Reads from a text in which order it puts given candidates. The order counts only if every candidate is found exactly
/// once and nobody else is; anything less is a problem, never a guess. Case, accents, apostrophes and markup do not matter;
/// a letter more or less does ("Thuan" is not "Thanh").
/// </summary>
internal static partial class RankingText
{
    /// <summary>Candidates' places in <paramref name="candidates"/>, best first; or what is wrong.</summary>
    public static (int[]? Order, string? Code, string Detail) Read(string text, IReadOnlyList<string> candidates)
    {
        string[] names = candidates.Select(Plain).ToArray();
        if (names.Length == 0 || names.Any(name => name.Length == 0) || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
        {
            return (null, ProblemCode.RankingUnreadable, ImportText.Say("RankingCandidates"));
        }

        List<string> entries = JsonEntries(text) ?? NumberedEntries(text) ?? LineEntries(text, names) ?? ListEntries(text, names) ?? [];
        if (entries.Count == 0)
        {
            return (null, ProblemCode.RankingUnreadable, ImportText.Say("RankingUnreadable"));
        }

        List<int> order = [];
        foreach (string entry in entries)
        {
            int place = AtHead(entry, names);
            if (place < 0)
            {
                return (null, ProblemCode.RankingStranger, ImportText.Say("RankingStranger", Shorten(entry)));
            }

            if (order.Contains(place))
            {
                return (null, ProblemCode.RankingRepeats, ImportText.Say("RankingRepeats", candidates[place]));
            }

            order.Add(place);
        }

        if (order.Count != names.Length)
        {
            string missing = string.Join(", ", Enumerable.Range(0, names.Length).Except(order).Select(place => candidates[place]));
            return (null, ProblemCode.RankingIncomplete, ImportText.Say("RankingIncomplete", missing));
        }

        return ([.. order], null, "");
    }

    // ["A", "B"] anywhere in the text, the only array in it.
    private static List<string>? JsonEntries(string text)
    {
        int start = text.IndexOf('[', StringComparison.Ordinal);
        int end = text.LastIndexOf(']');
        if (start < 0 || end < start)
        {
            return null;
        }

        try
        {
            string[]? entries = JsonSerializer.Deserialize<string[]>(text.AsSpan(start, end - start + 1));
            return entries is { Length: > 0 } ? [.. entries.Select(Plain)] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // "1. Name", "2) Name - why", "**3.** Name", "Rank 4: Name", "#5 Name": numbered 1, 2, 3… with no gap.
    private static List<string>? NumberedEntries(string text)
    {
        List<string> entries = [];
        foreach (string line in text.Split('\n'))
        {
            Match match = Numbered().Match(line);
            if (match.Success && int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) == entries.Count + 1)
            {
                entries.Add(Plain(match.Groups["rest"].Value));
            }
        }

        return entries.Count > 1 ? entries : null;
    }

    // One name on a line of its own.
    private static List<string>? LineEntries(string text, string[] names)
    {
        List<string> entries = text.Split('\n').Select(Plain).Where(line => names.Contains(line, StringComparer.Ordinal)).ToList();
        return entries.Count > 1 ? entries : null;
    }

    // "Ranking: Name, Name > Name; Name": one line that holds as many parts as there are candidates, each of them one.
    private static List<string>? ListEntries(string text, string[] names)
    {
        foreach (string line in text.Split('\n'))
        {
            string list = line[(line.LastIndexOf(':') + 1)..];
            List<string> parts = Separator().Split(list).Select(Plain).Where(part => part.Length > 0).ToList();
            if (parts.Count == names.Length && parts.TrueForAll(part => names.Contains(part, StringComparer.Ordinal)))
            {
                return parts;
            }
        }

        return null;
    }

    // The longest name that the entry begins with, as whole words.
    private static int AtHead(string entry, string[] names)
    {
        int best = -1;
        for (int i = 0; i < names.Length; i++)
        {
            bool begins = entry.StartsWith(names[i], StringComparison.Ordinal) && (entry.Length == names[i].Length || entry[names[i].Length] == ' ');
            if (begins && (best < 0 || names[i].Length > names[best].Length))
            {
                best = i;
            }
        }

        return best;
    }

    // Lower case without accents; apostrophes vanish, everything else that is no letter or digit parts words.
    private static string Plain(string text)
    {
        StringBuilder plain = new(text.Length);
        foreach (char character in text.Normalize(NormalizationForm.FormD))
        {
            if (char.IsLetterOrDigit(character))
            {
                plain.Append(char.ToLowerInvariant(character));
            }
            else if (character is not ('\'' or '\u2019' or '`') && CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark && plain.Length > 0 && plain[^1] != ' ')
            {
                plain.Append(' ');
            }
        }

        return plain.ToString().TrimEnd();
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";

    [GeneratedRegex(@"^[\s*_#>-]*(?:rank\s*)?[#*_]*(?<n>\d{1,4})(?:[.):*_\]\s-]+)(?<rest>.*)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"\s*(?:,\s*and\s|,|;|>|\band\b)\s*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Separator();
}

/// <summary>The named extractor <c>ranking</c>: a list of objects <c>name</c>, <c>rank</c> (from 1), <c>position</c> (in the list given, from 1), and what is carried along.</summary>
internal sealed class Ranking(Expression text, Expression candidates, IReadOnlyList<(string Name, Expression List)> along) : Expression
{
    public override string Source => text.Source;

    public override object? Evaluate(Scope scope)
    {
        object? completion = text.Evaluate(scope);
        object? given = candidates.Evaluate(scope);
        if (completion is null || given is null)
        {
            return null;
        }

        if (given is not IReadOnlyList<object?> list)
        {
            return scope.Fail(ProblemCode.NotAList, candidates.Source, ImportText.Say("NotAList", candidates.Source));
        }

        List<(string Name, IReadOnlyList<object?> Values)> carried = [];
        foreach ((string name, Expression expression) in along)
        {
            if (expression.Evaluate(scope) is not IReadOnlyList<object?> values || values.Count != list.Count)
            {
                return scope.Fail(ProblemCode.NotAList, expression.Source, ImportText.Say("ListsDiffer", expression.Source, candidates.Source));
            }

            carried.Add((name, values));
        }

        (int[]? order, string? code, string detail) = RankingText.Read(Text(completion), [.. list.Select(Text)]);
        if (order is null)
        {
            return scope.Fail(code!, Source, detail);
        }

        return order.Select((place, index) =>
        {
            Dictionary<string, object?> item = new(StringComparer.Ordinal)
            {
                ["name"] = list[place],
                ["rank"] = index + 1L,
                ["position"] = place + 1L,
            };
            foreach ((string name, IReadOnlyList<object?> values) in carried)
            {
                item[name] = values[place];
            }

            return (object?)item;
        }).ToArray();
    }
}
