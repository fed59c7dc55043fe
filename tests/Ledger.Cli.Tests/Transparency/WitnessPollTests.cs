using System.Text.Json;
using FluentAssertions;
using Ledger.Cli.Hosting;
using Ledger.Tests;
using Ledger.Verification;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Ledger.Cli.Tests.Transparency;

public sealed class WitnessPollTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly SampleLog log = new(300);
    private LogServer server = null!;

    private string State => directory.File("state");

    public async Task InitializeAsync() => server = await LogServer.StartAsync(log);

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        log.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task Look_AtALog_SignsAndBringsTheSignatureBack()
    {
        Answer answer = await LookAsync();
        answer.Code.Should().Be(0, answer.Out + answer.Error);
        answer.Json.GetProperty("event").GetString().Should().Be("signed");
        answer.Json.GetProperty("delivery").GetString().Should().Be("accepted");
        Note cosigned = server.Cosigned.Single();
        cosigned.Verify([Key(answer)], out _).Should().Be(NoteVerdict.Verified);
        cosigned.Verify([log.Verifier], out _).Should().Be(NoteVerdict.Verified);
        server.Asked.Should().StartWith(["witness/checkpoint", "checkpoint"]);
    }

    [Fact]
    public async Task Look_AtACheckpointThatWaitsForWitnesses_SignsThatOne()
    {
        Note published = log.Sign();
        log.Grow(10);
        Note waiting = log.Sign();
        server.Show(log).Files["checkpoint"] = published.ToArray();
        server.Files["witness/checkpoint"] = waiting.ToArray();
        Answer answer = await LookAsync();
        answer.Json.GetProperty("size").GetUInt64().Should().Be(310);
        server.Asked.Should().NotContain("checkpoint");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(212)]
    [InlineData(1000)]
    public async Task Look_AtALogThatGrew_SignsAfterProvingIt(ulong more)
    {
        await LookAsync();
        log.Grow(more);
        server.Show(log);
        Answer answer = await LookAsync();
        answer.Code.Should().Be(0, answer.Out + answer.Error);
        answer.Json.GetProperty("before").GetUInt64().Should().Be(300);
        answer.Json.GetProperty("size").GetUInt64().Should().Be(300 + more);
        server.Cosigned.Should().HaveCount(2);
        server.Asked.Should().Contain(path => path.StartsWith("tile/0/", StringComparison.Ordinal), "the proof comes from the tiles");
    }

    [Fact]
    public async Task Look_AtALogThatDidNotChangeAndHasTheSignature_SignsNothingNew()
    {
        Answer first = await LookAsync();
        server.Files["checkpoint"] = server.Cosigned.Single().ToArray();
        Answer second = await LookAsync();
        second.Code.Should().Be(0);
        second.Json.GetProperty("event").GetString().Should().Be("unchanged");
        server.Cosigned.Should().HaveCount(1);
        Key(second).Should().Be(Key(first));
    }

    [Theory]
    [InlineData(StatusCodes.Status404NotFound, "notTaken", ExitCode.Ok)]
    [InlineData(StatusCodes.Status403Forbidden, "refused", ExitCode.Refused)]
    [InlineData(StatusCodes.Status503ServiceUnavailable, "failed", ExitCode.Unavailable)]
    public async Task Signature_ThatIsNotTaken_IsKeptHereAndBroughtAgain(int status, string delivery, object code)
    {
        server.CosignatureStatus = status;
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)(ExitCode)code);
        answer.Json.GetProperty("delivery").GetString().Should().Be(delivery);
        string state = await File.ReadAllTextAsync(Directory.GetFiles(State, "*.state").Single());
        server.CosignatureStatus = StatusCodes.Status200OK;
        (await LookAsync()).Code.Should().Be(0);
        System.Text.Encoding.UTF8.GetString(server.Cosigned.Single().ToArray()).Should().Be(state[(state.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [Theory]
    [InlineData(300, 300)]
    [InlineData(300, 700)]
    [InlineData(256, 700)]
    [InlineData(300, 200)]
    public async Task Fork_OfALog_EndsWithFiveAndKeepsBothNotes(ulong before, ulong now)
    {
        using SampleLog honest = new(before);
        server.Show(honest);
        (await LookAsync()).Code.Should().Be(0);
        Note first = server.Cosigned.Single();
        using SampleLog other = SampleLog.Rewritten(now, changed: 150);
        server.Show(other);
        if (now < before)
        {
            // The tiles of what was signed are still there: they tell an old checkpoint from another history.
            foreach ((string path, byte[] bytes) in honest.Files().Where(f => f.Path != "checkpoint"))
            {
                server.Files[path] = bytes;
            }
        }

        Answer caught = await LookAsync();
        caught.Code.Should().Be((int)ExitCode.TwoHistories, caught.Out + caught.Error);
        EvidenceFolder evidence = new(caught.Json.GetProperty("evidence").GetString()!);
        evidence.First.ToArray().Should().Equal(first.ToArray());
        evidence.Second.ToArray().Should().Equal(other.Sign().ToArray());
        evidence.Check(log.Verifier);
        server.Cosigned.Should().HaveCount(1, "the second history is not signed");

        server.Show(honest);
        int asked = server.Asked.Count;
        (await LookAsync()).Code.Should().Be((int)ExitCode.TwoHistories, "it stays stopped even if the log shows the first history again");
        server.Asked.Should().HaveCount(asked);
    }

    [Fact]
    public async Task Log_ThatShowsAnOldCheckpoint_IsNotAccused()
    {
        await LookAsync();
        server.Files["checkpoint"] = log.Sign(log.At(200)).ToArray();
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)ExitCode.Failed);
        answer.Json.GetProperty("event").GetString().Should().Be("behind");
        Directory.Exists(Path.Combine(State, "evidence")).Should().BeFalse();
    }

    [Fact]
    public async Task EmptyTree_WithAnotherRootThanTheEmptyOne_IsCaughtAndARightOneIsOnlyOld()
    {
        await LookAsync();
        server.Files["checkpoint"] = log.Sign(new TreeHead(0, MerkleTree.EmptyRoot)).ToArray();
        (await LookAsync()).Json.GetProperty("event").GetString().Should().Be("behind");
        server.Files["checkpoint"] = log.Sign(new TreeHead(0, log.Head.Root)).ToArray();
        Answer caught = await LookAsync();
        caught.Code.Should().Be((int)ExitCode.TwoHistories);
        new EvidenceFolder(caught.Json.GetProperty("evidence").GetString()!).Check(log.Verifier);
    }

    [Fact]
    public async Task Log_ThatWasCutOff_IsNotSignedAndSaidSo()
    {
        await LookAsync();
        using SampleLog shorter = new(200);
        server.Show(shorter);
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)ExitCode.Failed);
        answer.Json.GetProperty("event").GetString().Should().Be("behind");
        answer.Json.GetProperty("sentence").GetString().Should().Contain("300").And.Contain("200").And.Contain("union");
    }

    [Theory]
    [InlineData("tile/0/001.p/200")]
    [InlineData("tile/1/000.p/1")]
    public async Task Tile_ThatIsNotOfTheSignedTree_ProvesNothingAndSignsNothing(string path)
    {
        await LookAsync();
        log.Grow(156);
        server.Show(log);
        byte[] right = [.. server.Files[path]];
        server.Files[path][5] ^= 1;
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)ExitCode.Failed);
        answer.Json.GetProperty("event").GetString().Should().Be("notSigned");
        server.Cosigned.Should().HaveCount(1);

        server.Files[path] = right;
        (await LookAsync()).Code.Should().Be(0, "it was no proof of anything");
    }

    [Fact]
    public async Task Checkpoint_OfAnotherKeyOrOrigin_IsNotSigned()
    {
        using SampleLog other = new(300, keySeed: 2);
        server.Show(other);
        (await LookAsync()).Json.GetProperty("event").GetString().Should().Be("notSigned");
        using SampleLog stranger = new(300, origin: "log.example/other");
        server.Show(stranger);
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)ExitCode.Failed);
        answer.Json.GetProperty("sentence").GetString().Should().Contain("log.example/other").And.Contain(log.Origin);
        server.Cosigned.Should().BeEmpty();
    }

    [Fact]
    public async Task Key_PassedOnByTheOldOne_IsFollowedAndTheStatementIsEvidence()
    {
        await LookAsync();
        using SampleLog successor = new(400, keySeed: 2);
        Follow(successor);
        Answer answer = await LookAsync();
        answer.Code.Should().Be(0, answer.Out);

        using SampleLog other = SampleLog.Rewritten(500, changed: 1, keySeed: 2);
        Follow(other);
        Answer caught = await LookAsync();
        caught.Code.Should().Be((int)ExitCode.TwoHistories);
        string evidence = caught.Json.GetProperty("evidence").GetString()!;
        new EvidenceFolder(evidence).Check(successor.Verifier);
        (await File.ReadAllBytesAsync(Path.Combine(evidence, "key-statement-1.txt"))).Should().Equal(Statement.Of(log, successor).ToArray());

        void Follow(SampleLog shown)
        {
            server.Show(shown).Files["keys"] = System.Text.Encoding.UTF8.GetBytes($"{log.Key}\n{shown.Key}\n");
            server.Files["key-statements/1"] = Statement.Of(log, shown).ToArray();
        }
    }

    [Fact]
    public async Task Signature_OlderThanAnHour_IsMadeAgain()
    {
        Answer first = await LookAsync();
        server.Files["checkpoint"] = server.Cosigned.Single().ToArray();
        FixedClock later = new(DateTimeOffset.FromUnixTimeSeconds(TimeOf(server.Cosigned.Single()) + 3601));
        await using (RunningWitness witness = await RunningWitness.StartAsync([.. Args()[2..], "--once"], later))
        {
            (await witness.Ended).Should().Be(0);
            witness.Key.Should().Be(Key(first));
        }

        server.Cosigned.Should().HaveCount(2);
    }

    [Fact]
    public async Task Log_ThatDoesNotAnswer_IsToBeTriedAgain()
    {
        server.Statuses["witness/checkpoint"] = StatusCodes.Status503ServiceUnavailable;
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)ExitCode.Unavailable);
        answer.Json.GetProperty("event").GetString().Should().Be("unreachable");
    }

    [Fact]
    public async Task State_ThatSomebodyChanged_StopsTheWitnessRatherThanForget()
    {
        await LookAsync();
        string file = Directory.GetFiles(State, "*.state").Single();
        string text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("\n300\n", "\n299\n", StringComparison.Ordinal));
        Answer answer = await LookAsync();
        answer.Code.Should().Be((int)ExitCode.Failed);
        answer.Error.Should().Contain(file);
    }

    [Fact]
    public async Task Key_ThatIsGone_IsNotReplacedInSilence()
    {
        await LookAsync();
        File.Delete(Path.Combine(State, "witness.key"));
        (await LookAsync()).Code.Should().Be((int)ExitCode.Failed);
        File.Exists(Path.Combine(State, "witness.key")).Should().BeFalse();
    }

    [SkippableFact]
    public async Task Key_OfAWitness_IsForItsOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows());
        await LookAsync("--name", "union.example/witness");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Path.Combine(State, "witness.key")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(State).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Answer renamed = await LookAsync("--name", "union.example/other");
        renamed.Code.Should().Be((int)ExitCode.Usage);
        renamed.Error.Should().Contain("union.example/witness");
    }

    [Fact]
    public async Task Witness_ThatKeepsLooking_FollowsTheLogUntilItForks()
    {
        await using RunningWitness witness = await RunningWitness.StartAsync([.. Args()[2..], "--interval", "1s"]);
        (await witness.SaysAsync("signed")).GetProperty("size").GetUInt64().Should().Be(300);
        log.Grow(5);
        server.Show(log);
        (await witness.SaysAsync("signed")).GetProperty("size").GetUInt64().Should().Be(305);
        using SampleLog other = SampleLog.Rewritten(400, changed: 0);
        server.Show(other);
        (await witness.Ended).Should().Be((int)ExitCode.TwoHistories);
    }

    [Fact]
    public async Task Witness_ThatListensAndLooks_IsOneWitness()
    {
        await using RunningWitness witness = await RunningWitness.StartAsync([.. Args()[2..], "--interval", "1s", "--listen", "127.0.0.1:0"]);
        (await witness.SaysAsync("signed")).GetProperty("size").GetUInt64().Should().Be(300);
        log.Grow(5);
        WitnessReply reply = await witness.AddAsync(new AddCheckpointRequest(300, log.Prove(300, 305), log.Sign()));
        reply.Status.Should().Be(System.Net.HttpStatusCode.OK, reply.Text);
        server.Files["checkpoint"] = log.Sign().ToArray();
        (await witness.SaysAsync("signed")).GetProperty("size").GetUInt64().Should().Be(305);
        (await witness.StopAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Clock_ThatWasSetBack_DoesNotMakeASignatureOlderThanTheLast()
    {
        await LookAsync();
        long before = TimeOf(server.Cosigned.Single());
        log.Grow(1);
        server.Show(log);
        FixedClock past = new(DateTimeOffset.FromUnixTimeSeconds(before - 100_000));
        await using (RunningWitness witness = await RunningWitness.StartAsync([.. Args()[2..], "--once"], past))
        {
            (await witness.Ended).Should().Be(0);
        }

        TimeOf(server.Cosigned.Last()).Should().Be(before);
    }

    [Theory]
    [InlineData("fr", "TOUTES LES DEUX", "Ce que cela ne prouve pas", "Commission d’accès", "arbitre")]
    [InlineData("en", "BOTH BE TRUE", "What this does not prove", "access commission", "arbitrator")]
    public async Task Fork_InWords_SaysWhatItProvesWhatNotAndWhomToTell(string language, params string[] words)
    {
        string[] args = ["witness", "--once", "--log", server.Address, "--log-key", log.Key, "--state", State, "--language", language];
        (await Cli.RunAsync(args)).Code.Should().Be(0);
        using SampleLog other = SampleLog.Rewritten(700, changed: 150);
        server.Show(other);
        Answer caught = await Cli.RunAsync(args);
        caught.Code.Should().Be((int)ExitCode.TwoHistories);
        caught.Out.Should().ContainAll(words);
        Answer stopped = await Cli.RunAsync(args);
        stopped.Out.Should().Contain(Path.Combine(State, "evidence"));
    }

    [Theory]
    [InlineData("--interval", "10")]
    [InlineData("--interval", "0s")]
    [InlineData("--interval", "48h")]
    [InlineData("--listen", "8090")]
    [InlineData("--listen", "nowhere:8090")]
    [InlineData("--name", "two words")]
    [InlineData("--log-key", "log.example")]
    public async Task Option_ThatIsNone_IsUsage(string option, string value)
    {
        string[] key = option == "--log-key" ? [] : ["--log-key", log.Key];
        Answer answer = await Cli.RunAsync(["witness", "--log", server.Address, "--state", State, option, value, .. key]);
        answer.Code.Should().Be((int)ExitCode.Usage, answer.Error);
        answer.Error.Should().StartWith("Error: ").And.Contain(value);
        Directory.Exists(State).Should().BeFalse();
    }

    [Fact]
    public async Task Witness_OfNothing_IsUsage()
    {
        (await Cli.RunAsync("witness", "--log-key", log.Key, "--state", State)).Code.Should().Be((int)ExitCode.Usage);
        (await Cli.RunAsync("witness", "--log-key", log.Key, "--state", State, "--listen", "127.0.0.1:0", "--once")).Code.Should().Be((int)ExitCode.Usage);
    }

    private string[] Args() => ["witness", "--json", "--log", server.Address, "--log-key", log.Key, "--state", State];

    private Task<Answer> LookAsync(params string[] more) => Cli.RunAsync([.. Args(), "--once", .. more]);

    private static VerifierKey Key(Answer answer) =>
        VerifierKey.TryParse(JsonDocument.Parse(answer.Lines[0]).RootElement.GetProperty("witness").GetString(), out VerifierKey? key) ? key : throw new FormatException();

    private static long TimeOf(Note cosigned) =>
        VerifierKey.TryReadTime(cosigned.Signatures[^1].Signature.Span, out long seconds) ? seconds : throw new FormatException();

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
