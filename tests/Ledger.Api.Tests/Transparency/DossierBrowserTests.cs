using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Ledger.Tests;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.Api.Tests.Transparency;

/// <summary>Dossiers in Debian's browsers, opened from a folder, offline. Needs chromium, firefox-esr, node and npm; see <c>./test</c>.</summary>
public sealed class DossierBrowserTests(DossierBrowser browser, ITestOutputHelper output) : IClassFixture<DossierBrowser>
{
    [SkippableFact]
    public async Task Dossier_Opened_ChecksItselfInBothLanguagesAndAsksNobody()
    {
        JsonElement[] opened = [.. (await browser.AnswerAsync(0)).EnumerateArray()];

        // 120 decisions of all shapes, by chance: each sentence and value made in C# is what the script makes.
        opened.Select(o => o.GetProperty("result").GetProperty("faults").GetRawText()).Should().AllBe("[]", $"seed {browser.Seed}");
        opened[0].GetProperty("status").GetString().Should().StartWith("Intact : ").And.Contain("la clé du journal est la vraie");
        opened[1].GetProperty("status").GetString().Should().StartWith("Intact: ").And.Contain("Not checked here");
        opened.Should().OnlyContain(o => o.GetProperty("requests").GetArrayLength() == 1, "the file itself is all that is asked for");
        opened[0].GetProperty("withheldRows").GetInt32().Should().BeGreaterThan(5);
    }

    [SkippableFact]
    public async Task Dossier_OfFiveHundredDecisions_ChecksItself()
    {
        JsonElement opened = (await browser.AnswerAsync(0))[2];

        opened.GetProperty("result").GetProperty("events").GetInt32().Should().Be(500);
        opened.GetProperty("result").GetProperty("faults").GetRawText().Should().Be("[]");
        output.WriteLine($"{opened.GetProperty("busyMilliseconds")} ms of the processor, {opened.GetProperty("milliseconds")} ms of the clock");
    }

    [SkippableFact]
    public async Task EveryChange_OfOneByte_IsFoundOrChangesNothingThatIsClaimed()
    {
        JsonElement[] changes = [.. (await browser.AnswerAsync(1)).EnumerateArray()];

        int found = changes.Count(c => c.GetProperty("found").GetBoolean());
        output.WriteLine($"seed {browser.Seed}: {found} found, {changes.Length - found} change nothing of the document that the browser makes");
        changes.Should().HaveCount(DossierTests.Count).And.OnlyContain(c => c.GetProperty("found").GetBoolean() || c.GetProperty("same").GetBoolean(), $"seed {browser.Seed}");
        found.Should().BeGreaterThan(DossierTests.Count * 9 / 10);
    }

    [SkippableFact]
    public async Task Page_OfBothLanguagesWidthsAndThemes_HasNoViolationOfWcag()
    {
        JsonElement[] pages = [.. (await browser.AnswerAsync(2)).EnumerateArray()];

        pages.Should().HaveCount(8);
        pages.SelectMany(p => p.GetProperty("violations").EnumerateArray()).Select(v => v.GetString()).Should().BeEmpty();
        pages.Should().OnlyContain(p => !p.GetProperty("wide").GetBoolean(), "nothing is wider than the screen");
    }

    [SkippableFact]
    public async Task Page_WithoutScript_ReadsAndSaysThatNobodyChecked() =>
        (await browser.AnswerAsync(3)).GetProperty("text").GetString().Should()
            .Contain("Ce fichier n’a pas été vérifié.").And.Contain("N° 2").And.Contain("Retenu, donc pas montré ici");

    [SkippableFact]
    public async Task Page_Printed_HasNumbersAndTheCode()
    {
        await browser.AnswerAsync(4);
        Skip.IfNot(Repository.Has("pdftotext"), "Needs pdftotext.");

        string text = await DossierBrowser.RunAsync("pdftotext", "-layout", browser.File("printed.pdf"), "-");
        text.Should().MatchRegex("Page 1 / [0-9]+").And.MatchRegex("([A-Z2-7]{4}-){3}[A-Z2-7]{4} +Page 2 / ").And.Contain("Facteur 1 – nom", "what is folded on a screen is printed");
    }

    [SkippableFact]
    public async Task Page_InTheOtherLanguage_ComesFromTheSameEvidence()
    {
        JsonElement translated = await browser.AnswerAsync(5);

        translated.GetProperty("language").GetString().Should().Be("en");
        translated.GetProperty("status").GetString().Should().StartWith("Intact: ");
        translated.GetProperty("sentences")[0].GetString().Should().StartWith("On ");
    }

    [SkippableFact]
    public async Task Dossier_Altered_SaysWhichEventNoLongerHolds()
    {
        JsonElement[] opened = [.. (await browser.AnswerAsync(6)).EnumerateArray()];

        opened[0].GetProperty("status").GetString().Should().StartWith("Modifié").And.Contain("n° 1 ").And.Contain("ce qui est affiché");
        opened[1].GetProperty("status").GetString().Should().StartWith("Modifié").And.Contain("n° 1 ").And.Contain("ses octets ne donnent pas sa feuille");
        opened[2].GetProperty("status").GetString().Should().StartWith("Ce fichier n’a pas été vérifié", "an altered script does not run");
    }

    [SkippableFact]
    public async Task AnotherDossier_GivenToAPage_IsCheckedByIt() =>
        (await browser.AnswerAsync(7)).GetProperty("answer").GetString().Should().Contain("sentence.html").And.Contain("Modifié").And.Contain("n° 1 ");

    [SkippableFact]
    public async Task Dossier_InFirefox_ChecksItself()
    {
        JsonElement[] opened = [.. (await browser.FirefoxAsync()).EnumerateArray()];

        opened.Select(o => o.GetProperty("result").GetProperty("faults").GetRawText()).Should().AllBe("[]", $"seed {browser.Seed}");
        output.WriteLine($"500 decisions: {opened[1].GetProperty("milliseconds")} ms of the clock");
    }

    [SkippableFact]
    public async Task Script_OfTheDossier_IsWhatItsSourceMakes()
    {
        Skip.IfNot(Repository.Has("node") && Repository.Has("npm"), "Needs node and npm.");
        string folder = Repository.PathOf("src", "Ledger.Api", "Transparency", "Dossier");
        await DossierBrowser.RunAsync(Path.Combine(folder, "make"), browser.File("made.js"));

        File.ReadAllText(browser.File("made.js"), Encoding.UTF8).Should().Be(File.ReadAllText(Path.Combine(folder, "dossier.js"), Encoding.UTF8), "run src/Ledger.Api/Transparency/Dossier/make");
    }
}

/// <summary>One browser for all tests, as starting it is what takes time.</summary>
public sealed class DossierBrowser : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-dossier-").FullName;
    private readonly Lazy<Task<JsonElement>> _answers;

    public DossierBrowser() => _answers = new(RunAsync);

    public int Seed { get; } = Environment.TickCount;

    private static string Scripts => Repository.PathOf("tests", "Ledger.Api.Tests", "Transparency", "Browser");

    public string File(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal async Task<JsonElement> AnswerAsync(int task)
    {
        Skip.IfNot(System.IO.File.Exists("/usr/bin/chromium") && Repository.Has("node") && Repository.Has("npm"), "Needs chromium, node and npm.");
        return (await _answers.Value)[task];
    }

    internal async Task<JsonElement> FirefoxAsync()
    {
        Skip.IfNot(System.IO.File.Exists("/usr/bin/firefox-esr"), "Needs firefox-esr.");
        await AnswerAsync(0);
        return JsonDocument.Parse(await RunAsync("node", Path.Combine(Scripts, "firefox.mjs"), File("fr.html"), File("large.html"))).RootElement;
    }

    internal static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(4));
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Scripts,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["HOME"] = Path.GetTempPath() },
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
        string said = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        process.ExitCode.Should().Be(0, await errors);
        return said;
    }

    private async Task<JsonElement> RunAsync()
    {
        if (!Directory.Exists(Path.Combine(Scripts, "node_modules")))
        {
            await RunAsync("npm", "ci", "--no-audit", "--no-fund");
        }

        byte[] many = DossierTests.Evidence(120, Seed);
        byte[] few = await DossierTests.WriteAsync(DossierTests.Evidence(3));
        await WriteAsync("fr.html", await DossierTests.WriteAsync(many));
        await WriteAsync("en.html", await DossierTests.WriteAsync(many, "en"));
        await WriteAsync("large.html", await DossierTests.WriteAsync(DossierTests.Evidence(500)));
        await WriteAsync("few.html", few);
        await WriteAsync("few.en.html", await DossierTests.WriteAsync(DossierTests.Evidence(3), "en"));
        string html = Encoding.UTF8.GetString(few);
        await WriteAsync("sentence.html", Changed(html, "<p class=\"sentence\">", 25));
        await WriteAsync("evidence.html", Changed(html, "\ndata ", 60));
        await WriteAsync("script.html", Encoding.UTF8.GetBytes(html.Replace("const __languages", "const  __languages", StringComparison.Ordinal)));
        object[] job =
        [
            new { task = "open", files = new[] { File("fr.html"), File("en.html"), File("large.html") } },
            new { task = "changes", file = File("few.html"), places = DossierTests.Changes(few, DossierTests.Count, Seed).Select(c => new int[] { c.At, c.Value }).ToArray() },
            new { task = "axe", files = new[] { File("few.html"), File("few.en.html") } },
            new { task = "withoutScript", file = File("fr.html") },
            new { task = "print", file = File("few.html"), to = File("printed.pdf") },
            new { task = "translate", file = File("few.html") },
            new { task = "open", files = new[] { File("sentence.html"), File("evidence.html"), File("script.html") } },
            new { task = "other", file = File("few.html"), other = File("sentence.html") },
        ];
        await WriteAsync("job.json", JsonSerializer.SerializeToUtf8Bytes(job));
        return JsonDocument.Parse(await RunAsync("node", Path.Combine(Scripts, "browser.mjs"), File("job.json"))).RootElement;
    }

    // Event 1's, so that the one named is not simply the first.
    private static byte[] Changed(string html, string after, int distance)
    {
        int at = html.IndexOf(after, html.IndexOf("<article id=\"r1\">", StringComparison.Ordinal), StringComparison.Ordinal) + distance;
        return Encoding.UTF8.GetBytes(html[..at] + (html[at] == 'x' ? 'y' : 'x') + html[(at + 1)..]);
    }

    private Task WriteAsync(string name, byte[] content) => System.IO.File.WriteAllBytesAsync(File(name), content);
}
