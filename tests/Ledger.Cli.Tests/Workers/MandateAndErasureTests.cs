using System.Text.Json;
using FluentAssertions;
using Ledger.Cli.Tests.Demo;
using Xunit;

namespace Ledger.Cli.Tests.Workers;

/// <summary>A worker gives and takes back a mandate, HR holds and erases a record, all from the command line.</summary>
[Collection(nameof(RunningDemo))]
public sealed class MandateAndErasureTests(RunningDemo demo)
{
    private const string Organisation = "bellerive-simulee";

    [Fact]
    public async Task Mandate_GivenTwiceAndWithdrawn_LetsTheRepresentativeInUntilThen()
    {
        Answer caller = await demo.RunAsAsync("representative", "whoami", "--json");
        caller.Schema.Should().Be("ledger.caller/1");
        string person = caller.Json.GetProperty("caller").GetProperty("person").GetString()!;
        string[] give = ["give", "--to", person, "--until", "2027-01-31", "--for", "Grief 2026-14", "--json"];
        Answer given = await MandateAsync(give);
        given.Schema.Should().Be("ledger.mandates/1");
        string id = Mandates(given).Single().GetProperty("mandateId").GetString()!;
        Mandates(await MandateAsync(give)).Single().GetProperty("mandateId").GetString().Should().Be(id, "the same command gives it once");
        (await demo.RunAsAsync("representative", "trail", "-o", Organisation, "-w", demo.Worker)).Code.Should().Be(0);

        (await MandateAsync("withdraw", id)).Out.Should().Contain("taken back on");
        Mandates(await MandateAsync("list", "--json")).Should().ContainSingle(m => m.GetProperty("mandateId").GetString() == id);
        (await demo.RunAsAsync("representative", "trail", "-o", Organisation, "-w", demo.Worker)).Code.Should().Be(3);
    }

    [Fact]
    public async Task Mandate_EnteredFromAForm_IsTheWorkersAndSaysSo()
    {
        string person = (await demo.RunAsAsync("representative", "whoami", "--json")).Json.GetProperty("caller").GetProperty("person").GetString()!;
        string[] form = ["--form", "F-1A2B-3C4D", "--employee", "BEL-1042"];
        string[] give = ["give", "--to", person, "--until", "2027-02-28", .. form];
        (await demo.RunAsAsync("representative", "mandate", give)).Error.Should().Contain("ENTERS_FOR_SELF");
        (await demo.RunAsAsync("hr", "mandate", give)).Out.Should().Contain("Form F-1A2B-3C4D is entered.");
        (await MandateAsync("list")).Out.Should().Contain("entered at the desk of human resources, form F-1A2B-3C4D");
        (await demo.RunAsAsync("representative", "trail", "-o", Organisation, "-w", demo.Worker)).Code.Should().Be(0);

        Answer ended = await demo.RunAsAsync("hr", "mandate", "withdraw", "--to", person, "--form", "F-5E6F-7A8B", "--employee", "BEL-1042");
        ended.Out.Should().Contain("taken back: 1");
        (await MandateAsync("list")).Out.Should().Contain("taken back at the desk of human resources, form F-5E6F-7A8B");
        (await demo.RunAsAsync("hr", "mandate", "withdraw", "--form", "F-5E6F-7A8B")).Code.Should().Be(2, "a form is some person's");
    }

    [Fact]
    public async Task Mandate_ByWhoeverIsNoWorker_IsRefusedInWords()
    {
        Answer answer = await demo.RunAsAsync("hr", "mandate", "list");
        answer.Code.Should().Be(2);
        answer.Error.Should().Contain("Only a worker has mandates to give");
    }

    [Fact]
    public async Task Erasure_OfAHeldRecord_WaitsForTheHoldAndForAnotherPerson()
    {
        // Somebody whom no other test of the demo looks at.
        string[] who = ["-o", Organisation, "-w", new string('e', 32)];
        string hold = (await ProtectAsync("hr", "hold", ["place", "--reason", "dispute", "--ground", "Grief 2026-14", .. who])).GetProperty("holdIds")[0].GetString()!;
        string erasure = (await ProtectAsync("hr", "erasure", ["request", "--reason", "order", .. who])).GetProperty("erasureId").GetString()!;

        Answer own = await demo.RunAsAsync("hr", "erasure", ["confirm", erasure, .. who]);
        own.Code.Should().Be(3);
        own.Error.Should().Contain("SAME_PERSON");
        Answer token = await Cli.RunAsync("token", "--data", demo.Data, "--role", "hr", "--subject", "another");
        Dictionary<string, string> another = new(StringComparer.Ordinal) { ["LEDGER_TOKEN"] = token.Lines[0], ["LEDGER_SERVER"] = demo.Server };
        string[] confirm = ["erasure", "confirm", erasure, .. who];
        (await Cli.RunAsync(another, confirm)).Error.Should().Contain("ON_HOLD");

        await ProtectAsync("auditor", "hold", ["lift", hold, .. who]);
        Answer done = await Cli.RunAsync(another, confirm);
        done.Code.Should().Be(0);
        done.Out.Should().Contain("It was erased on");
        (await ProtectAsync("hr", "erasure", ["show", .. who])).TryGetProperty("holdIds", out _).Should().BeFalse();
    }

    [Fact]
    public async Task Subcommand_WithoutWhatItNeeds_SaysWhereItsHelpIs()
    {
        Answer answer = await Cli.RunAsync("erasure", "confirm");
        answer.Code.Should().Be(2);
        answer.Error.Should().Contain("ledger erasure confirm --help");
    }

    private static JsonElement[] Mandates(Answer answer) => [.. answer.Json.GetProperty("mandates").EnumerateArray()];

    private Task<Answer> MandateAsync(params string[] args) => demo.RunAsync("mandate", args);

    private async Task<JsonElement> ProtectAsync(string who, string command, string[] args)
    {
        Answer answer = await demo.RunAsAsync(who, command, [.. args, "--json"]);
        answer.Error.Should().BeEmpty();
        answer.Schema.Should().Be("ledger.protection/1");
        return answer.Json.GetProperty("protection");
    }
}
