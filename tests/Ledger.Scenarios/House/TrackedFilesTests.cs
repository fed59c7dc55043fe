using Ledger.Tests;

namespace Ledger.Scenarios.House;

public class TrackedFilesTests
{
    // In pieces, so that this file does not name them either.
    private static readonly string[] PackageHosts =
    [
        "nuget" + ".org", "npmjs" + ".org", "npmjs" + ".com", "yarnpkg" + ".com", "pypi" + ".org", "pythonhosted" + ".org", "myget" + ".org",
        "crates" + ".io", "rubygems" + ".org", "maven" + ".org",
    ];

    private const long LargestText = 8 * 1024 * 1024;

    [Fact]
    public void TrackedFiles_Everywhere_NameNoPackageRegistry() =>
        (from file in Repository.TrackedFiles()
         where new FileInfo(Repository.PathOf(file)).Length < LargestText
         let text = Repository.Read(file)
         from host in PackageHosts
         where text.Contains(host, StringComparison.OrdinalIgnoreCase)
         select $"{file}: {host}").Should().BeEmpty();

    [Fact]
    public void SourceFiles_Everywhere_HaveFewerThan400Lines() =>
        Repository.TrackedFiles().Where(f => f.EndsWith(".cs", StringComparison.Ordinal))
            .Select(f => (File: f, Lines: File.ReadLines(Repository.PathOf(f)).Count())).Where(f => f.Lines >= 400).Should().BeEmpty();

    [Fact]
    public void Packages_InTheFileOfVersions_HaveAReason()
    {
        string reasons = Repository.Read("docs", "dependencies.md");

        System.Xml.Linq.XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(p => p.Attribute("Include")!.Value).Where(p => !reasons.Contains($"`{p}`", StringComparison.Ordinal))
            .Should().BeEmpty("each dependency has its reason in docs/dependencies.md");
    }

    [Fact]
    public void Packages_InDependenciesPage_AreStillUsed()
    {
        string versions = Repository.Read("Directory.Packages.props")
            + Repository.Read("src", "Ledger.Api", "Hosting", "Pages", "Assets", "package.json") + Repository.Read("tests", "Ledger.Scenarios", "Pages", "package.json");

        File.ReadLines(Repository.PathOf("docs", "dependencies.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('`')[1]).Where(p => !versions.Contains($"\"{p}\"", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void RefusalCodes_InTheProducersPage_AreAllThere()
    {
        string page = Repository.Read("docs", "producer.md");

        Enum.GetNames<Contracts.RefusalCode>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseUpper.ConvertName)
            .Where(code => !page.Contains($"| `{code}` |", StringComparison.Ordinal)).Should().BeEmpty();
    }
}
