using System.Text.RegularExpressions;
using Ledger.Tests;

namespace Ledger.Scenarios.House;

public partial class BilingualPagesTests
{
    public static TheoryData<string, string> Pages => new()
    {
        { "README.md", "README.fr.md" },
        { "docs/worker.md", "docs/fr/worker.md" },
        { "docs/union.md", "docs/fr/union.md" },
        { "docs/hr.md", "docs/fr/hr.md" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_InFrench_HasTheSameHeadingsAndBlocks(string english, string french)
    {
        (string[] headings, string[] blocks) = Read(english);
        (string[] titres, string[] blocs) = Read(french);

        titres.Select(Level).Should().Equal(headings.Select(Level));
        blocs.Where(IsCommand).Should().Equal(blocks.Where(IsCommand), "commands are the same in both languages");
        blocs.Should().HaveSameCount(blocks);
    }

    [Fact]
    public void Links_BetweenPages_LeadSomewhere() =>
        (from page in Repository.TrackedFiles().Where(f => f.EndsWith(".md", StringComparison.Ordinal))
         let folder = Path.GetDirectoryName(Repository.PathOf(page))!
         from link in Link().Matches(Repository.Read(page)).Select(m => m.Groups["to"].Value)
         where !link.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, link))
         select $"{page}: {link}").Should().BeEmpty();

    // A block whose first line begins with a word of code is a command or its data; pictures and answers are put into words.
    private static bool IsCommand(string block) => block.StartsWith("sh\n", StringComparison.Ordinal) || block.StartsWith("json\n", StringComparison.Ordinal);

    private static int Level(string heading) => heading.TakeWhile(c => c == '#').Count();

    private static (string[] Headings, string[] Blocks) Read(string page)
    {
        string[] parts = Repository.Read(page).Split("```");
        string[] headings = [.. parts.Where((_, i) => i % 2 == 0).SelectMany(p => p.Split('\n')).Where(l => l.StartsWith('#'))];
        return (headings, [.. parts.Where((_, i) => i % 2 == 1)]);
    }

    [GeneratedRegex(@"\]\((?<to>[^)#\s]+)(#[^)]*)?\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
