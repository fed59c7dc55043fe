using System.Diagnostics;
using System.Text.Json;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;

namespace Ledger.Scenarios.Pages;

/// <summary>Every page in a real browser, as its readers meet it. What is looked at, and how, is in <c>walk.mjs</c>; pictures stay in <c>artifacts/pages</c>.</summary>
public class PagesScenarios(WalkedPages walked) : IClassFixture<WalkedPages>
{
    [SkippableTheory]
    [InlineData("walk", "it came to its end")]
    [InlineData("tasks", "every task is done without scripts, and nothing typed is lost")]
    [InlineData("newcomer", "what a newcomer is asked to do takes three steps at most")]
    [InlineData("axe", "WCAG 2.2 A and AA, in both languages, on a phone and a desk, by day and by night")]
    [InlineData("reflow", "text at 200 % and a page at 400 % need no scrolling sideways")]
    [InlineData("focus", "the keyboard's place is seen, and goes in order")]
    [InlineData("injection", "what a producer wrote stays text")]
    [InlineData("weight", "a first visit has 100 KiB at most, a page 20")]
    [InlineData("headers", "no cache keeps a page, no frame holds it, no script runs in it")]
    [InlineData("roles", "each page is refused as the access table says, in the same words")]
    [InlineData("caches", "nobody is shown a page of another reader, or in another language")]
    [InlineData("forms", "a form of another site does nothing")]
    public void Walk_OverAllPages_FindsNothing(string check, string because)
    {
        Skip.If(walked.Missing is not null, walked.Missing);
        walked.Found(check).Should().BeEmpty(because);
    }
}

/// <summary>One demo and one browser for all checks.</summary>
public sealed class WalkedPages : IAsyncLifetime
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private readonly TemporaryDirectory directory = new();
    private JsonElement found;

    /// <summary>What the walk needs and this machine has not.</summary>
    public string? Missing { get; private set; }

    /// <summary>What a check found wrong.</summary>
    public IReadOnlyList<string> Found(string check) =>
        found.TryGetProperty(check, out JsonElement list) ? [.. list.EnumerateArray().Select(e => e.GetString()!)] : [$"{check} was not looked at"];

    public async Task InitializeAsync()
    {
        string? browser = Browsers.FirstOrDefault(File.Exists);
        if (browser is null || !Repository.Has("node") || !Repository.Has("npm"))
        {
            Missing = "Needs node, npm and chromium (apt-get install nodejs npm chromium).";
            return;
        }

        string here = Repository.PathOf("tests", "Ledger.Scenarios", "Pages");
        if (!Directory.Exists(Path.Combine(here, "node_modules")))
        {
            await RunAsync(here, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        }

        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "demo", "--json", "--language", "fr"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = directory.Path,
        };
        using Process demo = Process.Start(start)!;
        try
        {
            string line = await demo.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The demo said nothing.");
            await File.WriteAllTextAsync(directory.Of("demo.json"), line);
            string said = await RunAsync(here, "node", "walk.mjs", directory.Of("demo.json"), Repository.PathOf("artifacts", "pages"), browser);
            found = JsonDocument.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..]).RootElement.Clone();
        }
        finally
        {
            demo.Kill(entireProcessTree: true);
            await demo.WaitForExitAsync();
        }
    }

    public Task DisposeAsync()
    {
        directory.Dispose();
        return Task.CompletedTask;
    }

    private static async Task<string> RunAsync(string directory, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = directory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error}");
    }
}
