using System.Text.Json;
using FluentAssertions;
using Ledger.Cli.Tests.Demo;
using Xunit;

namespace Ledger.Cli.Tests.Transparency;

[Collection(nameof(RunningDemo))]
public sealed class DossierTests(RunningDemo demo) : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Dossier_OfTheDemosWorker_IsSoundToTheLetterAndLeavesNothingElse()
    {
        Answer exported = await ExportAsync("--withhold", "score", "--language", "fr");
        Answer verified = await Cli.RunAsync("verify", File, "--json");

        verified.Code.Should().Be(0, verified.Out + verified.Error);
        verified.Json.GetProperty("verdict").GetString().Should().Be("sound");
        verified.Json.GetProperty("referenceCode").GetString().Should().Be(exported.Json.GetProperty("referenceCode").GetString());
        verified.Json.GetProperty("withheld").GetProperty("fields")[0].GetProperty("field").GetString().Should().Be("score");
        Checks(verified, "good").Should().Contain("page");
        string html = await System.IO.File.ReadAllTextAsync(File);
        html.Should().Contain("<html lang=\"fr\">").And.Contain("Retenu, donc pas montré ici : Note.").And.Contain(exported.Json.GetProperty("referenceCode").GetString());
        Directory.GetFiles(directory.Path).Should().Equal(File);
    }

    [Fact]
    public async Task Dossier_WithALetterChangedInASentence_NamesTheEvent()
    {
        await ExportAsync();
        string html = await System.IO.File.ReadAllTextAsync(File);
        int at = html.IndexOf("<p class=\"sentence\">", html.IndexOf("id=\"r2\"", StringComparison.Ordinal), StringComparison.Ordinal) + 22;
        await System.IO.File.WriteAllTextAsync(File, html[..at] + "§" + html[(at + 1)..]);

        Answer verified = await Cli.RunAsync("verify", File, "--json");

        verified.Code.Should().Be(1);
        JsonElement problem = verified.Json.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("weight").GetString() == "problem");
        problem.GetProperty("check").GetString().Should().Be("page");
        problem.GetProperty("where").GetString().Should().Be("event 2");
        (await Cli.RunAsync("verify", File)).Out.Should().Contain("Event 2: what the dossier shows is not what its evidence says.");
    }

    [Fact]
    public async Task Evidence_Verified_HasTheCodeOfItsDossier()
    {
        string evidence = directory.File("evidence");
        Answer exported = await demo.RunAsync("export", "-o", "bellerive-simulee", "--evidence", evidence, "--json");

        (await Cli.RunAsync("verify", evidence)).Out.Should().Contain($"Reference code: {exported.Json.GetProperty("referenceCode").GetString()}");
    }

    private string File => directory.File("dossier.html");

    private async Task<Answer> ExportAsync(params string[] flags)
    {
        Answer answer = await demo.RunAsync("export", ["-o", "bellerive-simulee", "--dossier", File, "--json", .. flags]);
        answer.Code.Should().Be(0, answer.Out + answer.Error);
        return answer;
    }

    private static IEnumerable<string> Checks(Answer verified, string weight) => verified.Json.GetProperty("findings").EnumerateArray()
        .Where(f => f.GetProperty("weight").GetString() == weight).Select(f => f.GetProperty("check").GetString()!);
}
