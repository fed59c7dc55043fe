using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace Ledger.Cli.Tests.Demo;

[Collection(nameof(RunningDemo))]
public sealed class DemoTests(RunningDemo demo)
{
    [Fact]
    public void Demo_WhenReady_PrintsWhatScriptsRelyOn()
    {
        demo.Ready.GetProperty("schema").GetString().Should().Be("ledger.demo/1");
        demo.Ready.GetProperty("simulated").GetBoolean().Should().BeTrue();
        demo.Ready.GetProperty("recorded").GetInt32().Should().Be(88);
        demo.Ready.GetProperty("new").GetInt32().Should().Be(88);
        demo.Ready.GetProperty("trail").GetInt32().Should().Be(12);
        demo.Ready.GetProperty("employeeNumber").GetString().Should().Be("BEL-1042");
        demo.Worker.Should().MatchRegex("^[0-9a-f]{32}$");
    }

    [Fact]
    public async Task Links_OfTheDemo_Answer()
    {
        using HttpClient client = new();
        foreach (JsonProperty link in demo.Ready.GetProperty("links").EnumerateObject())
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(link.Value.GetString()!));
            answer.IsSuccessStatusCode.Should().BeTrue(link.Name);
        }
    }

    [Fact]
    public async Task Trail_ByNumber_IsNewestFirstAndPages()
    {
        Answer first = await demo.RunAsync("trail", "-o", "bellerive-simulee", "-n", "5", "--json");
        first.Code.Should().Be(0);
        first.Schema.Should().Be("ledger.trail/1");
        first.Json.GetProperty("count").GetInt32().Should().Be(5);
        Answer rest = await demo.RunAsync(
            "trail", "-o", "bellerive-simulee", "-w", demo.Worker, "--all", "--json", "--page-token", first.Json.GetProperty("nextPageToken").GetString()!);
        rest.Json.GetProperty("count").GetInt32().Should().Be(7);
        rest.Json.GetProperty("nextPageToken").GetString().Should().BeEmpty();
        string[] decided = [.. first.Json.GetProperty("decisions").EnumerateArray().Concat(rest.Json.GetProperty("decisions").EnumerateArray())
            .Select(d => d.GetProperty("decision").GetProperty("times").GetProperty("decidedAt").GetString()!)];
        decided.Should().BeInDescendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Trail_InWords_BeginsEachDecisionWithASentence()
    {
        Answer answer = await demo.RunAsync("trail", "-o", "bellerive-simulee", "--category", "pay");
        answer.Out.Should().Contain("• On October 31, 2025 at 12:00, the pay system “primes-calcul” decided alone to pay a premium");
        answer.Out.Should().NotContain("BEL-1042");
    }

    [Fact]
    public async Task Trail_OfSomebodyUnknown_SaysThatTheLedgerWasRead()
    {
        Answer answer = await demo.RunAsAsync("hr", "trail", "-o", "bellerive-simulee", "-e", "NOBODY", "--purpose", "test");
        answer.Code.Should().Be(0);
        answer.Out.Should().Contain("Nothing is recorded");
    }

    [Fact]
    public async Task Trail_OfAnotherOrganisation_IsRefusedInTheLanguageAsked()
    {
        Answer answer = await demo.RunAsAsync("hr", "trail", "-o", "nope", "-e", "1", "--json", "--language", "fr");
        answer.Code.Should().Be(3);
        answer.Json.GetProperty("code").GetString().Should().Be("NOT_PERMITTED", "whether there is such an organisation is not told");
        answer.Error.Should().StartWith("Erreur");
    }

    [Fact]
    public async Task Record_Twice_RecordsOnce()
    {
        string[] decision =
        [
            "-o", "bellerive-simulee", "--employee", "T-1", "--category", "pay", "--kind", "bonus", "--system", "s", "--system-version", "1", "--purpose", "test",
            "--adverse", "false", "--level", "4", "--decided-at", "2025-11-01T08:00Z", "--time-zone", "America/Toronto", "--json",
        ];
        Answer first = await demo.RunAsAsync("producer", "record", decision);
        Answer second = await demo.RunAsAsync("producer", "record", decision);
        first.Code.Should().Be(0);
        first.Schema.Should().Be("ledger.receipt/1");
        first.Json.GetProperty("alreadyRecorded").GetBoolean().Should().BeFalse();
        second.Json.GetProperty("alreadyRecorded").GetBoolean().Should().BeTrue();
        second.Json.GetProperty("receipt").GetProperty("eventId").GetString().Should().Be(first.Json.GetProperty("receipt").GetProperty("eventId").GetString());
    }

    [Fact]
    public async Task Record_OfSomethingMalformed_NamesFieldAndCode()
    {
        Answer answer = await Cli.RunWithInputAsync(
            new(StringComparer.Ordinal) { ["LEDGER_TOKEN"] = demo.Token("producer") }, """{ "decisionId": "x" }""", "record", "--server", demo.Server, "-o", "bellerive-simulee", "--file", "-", "--json");
        answer.Code.Should().Be(3);
        JsonElement error = JsonDocument.Parse(answer.Lines[0]).RootElement.GetProperty("error");
        error.GetProperty("code").GetString().Should().Be("MALFORMED");
        error.GetProperty("field").GetString().Should().Contain("decision_id");
        answer.Schema.Should().Be("ledger.record-summary/1");
    }

    [Fact]
    public async Task Record_OfInputThatBreaksOff_IsUsage()
    {
        Answer answer = await Cli.RunWithInputAsync([], """{ "nope": 1 }""", "record", "--server", demo.Server, "--file", "-");
        answer.Code.Should().Be(2);
        answer.Error.Should().Contain("nope");
    }

    [Fact]
    public async Task Watch_AfterARevision_GoesOnFromThere()
    {
        Answer answer = await demo.RunAsync("watch", "-o", "bellerive-simulee", "--after", "9", "--count", "2", "--json");
        answer.Code.Should().Be(0);
        answer.Schema.Should().Be("ledger.watch/1");
        answer.Lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("revision").GetInt32()).Should().Equal(10, 11);
    }

    [Fact]
    public async Task Export_OfATrail_WritesALinePerDecision()
    {
        using TemporaryDirectory directory = new();
        string file = directory.File("trail.jsonl");
        Answer answer = await demo.RunAsync("export", "-o", "bellerive-simulee", "-O", file, "--json");
        answer.Schema.Should().Be("ledger.export/1");
        answer.Json.GetProperty("decisions").GetInt32().Should().Be(12);
        File.ReadAllLines(file).Should().HaveCount(12);
        Directory.GetFiles(directory.Path).Should().ContainSingle();
        (await demo.RunAsync("export", "-o", "bellerive-simulee", "-O", file)).Code.Should().Be(2, "a file is replaced only when asked");
    }

    [Fact]
    public async Task Health_OfTheDemo_IsReady()
    {
        string health = demo.Ready.GetProperty("links").GetProperty("health").GetString()!;
        (await Cli.RunAsync("health", "--server", new Uri(health).GetLeftPart(UriPartial.Authority))).Code.Should().Be(0);
    }

    [Fact]
    public async Task Directory_HeldByTheDemo_IsUnavailableToAnother()
    {
        Answer answer = await Cli.RunAsync("trail", "-o", "bellerive-simulee", "--data", demo.Data, "--json");
        answer.Code.Should().Be(4);
        answer.Json.GetProperty("message").GetString().Should().Contain(demo.Data);
    }

    [Fact]
    public async Task Port_OfTheDemo_TakenByAnother_IsAnErrorThatSaysWhatToDo()
    {
        string port = new Uri(demo.Server).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Answer answer = await Cli.RunAsync("demo", "--port", port);
        answer.Code.Should().Be(1);
        answer.Error.Should().Contain(port).And.Contain("--port");
    }
}
