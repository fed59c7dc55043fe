using FluentAssertions;
using Ledger.Cli.Hosting;
using Ledger.Tests;
using Ledger.Verification;
using Xunit;

namespace Ledger.Cli.Tests.Transparency;

public sealed class VerifyLogTests : IDisposable
{
    private const string TesseraKey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

    private readonly TemporaryDirectory directory = new();

    private string Log => directory.File("log");

    private string State => directory.File("state");

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(700)]
    [InlineData(66_000)]
    public async Task Log_AsItWasSigned_IsSound(ulong size)
    {
        using SampleLog log = new SampleLog(size).WriteTo(Log);
        Answer answer = await VerifyAsync(log);
        answer.Code.Should().Be(0, answer.Out + answer.Error);
        answer.Schema.Should().Be("ledger.verify/1");
        answer.Json.GetProperty("verdict").GetString().Should().Be("sound");
        answer.Json.GetProperty("size").GetUInt64().Should().Be(size);
        answer.Json.GetProperty("notProven").GetProperty("fr").GetString().Should().Contain("vrai");
        answer.Json.GetProperty("notProven").GetProperty("en").GetString().Should().Contain("true");
    }

    [Fact]
    public async Task Log_OfAnotherImplementation_IsSound()
    {
        string tessera = Repository.PathOf("tests", "Ledger.Verification.Tests", "Vectors", "tessera-log");
        Answer answer = await Cli.RunAsync("verify", "--log", tessera, "--log-key", TesseraKey, "--json");
        answer.Code.Should().Be(0, answer.Out + answer.Error);
        answer.Json.GetProperty("size").GetUInt64().Should().Be(15);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Log_OverHttp_IsSound(bool compressed)
    {
        using SampleLog log = new(1000);
        await using LogServer server = await LogServer.StartAsync(log);
        server.Compresses = compressed;
        Answer answer = await Cli.RunAsync("verify", "--log", server.Address, "--log-key", log.Key, "--json");
        answer.Code.Should().Be(0, answer.Out + answer.Error);
    }

    [Fact]
    public async Task Log_WhosePartialTilesAreGone_IsVerifiedFromTheFullOnes()
    {
        using SampleLog log = new SampleLog(300);
        await using LogServer server = await LogServer.StartAsync(log);
        Note older = log.Sign();
        log.Grow(300);
        server.Show(log).Files["checkpoint"] = older.ToArray();
        server.Files.Keys.Should().NotContain(path => path.EndsWith(".p/44", StringComparison.Ordinal));

        // The partial tile of level 1 is still partial, and has to be there for this size too.
        server.Files["tile/1/000.p/1"] = log.Files().Single(f => f.Path == "tile/1/000.p/2").Bytes[..TreeHash.Length];
        Answer answer = await Cli.RunAsync("verify", "--log", server.Address, "--log-key", log.Key, "--json");
        answer.Code.Should().Be(0, answer.Out + answer.Error);
    }

    [Theory]
    [InlineData("tile/entries/001", "entry", "entry 256")]
    [InlineData("tile/0/001", "tile", "tile/0/001")]
    [InlineData("tile/0/002.p/188", "tile", "tile/0/002.p/188")]
    [InlineData("tile/1/000.p/2", "tile", "tile/1/000.p/2")]
    public async Task File_WithOneByteChanged_IsNamed(string path, string check, string where)
    {
        using SampleLog log = new SampleLog(700).WriteTo(Log);
        Change(path, bytes => bytes[8] ^= 1);
        (await ProblemsAsync(log)).Should().Equal((check, where));
    }

    [Fact]
    public async Task Entry_ChangedTogetherWithItsTile_IsFoundByTheRoot()
    {
        using SampleLog log = new SampleLog(700).WriteTo(Log);
        using SampleLog other = SampleLog.Rewritten(700, changed: 300);
        foreach ((string path, byte[] bytes) in other.Files().Where(f => f.Path.StartsWith("tile/", StringComparison.Ordinal)))
        {
            await File.WriteAllBytesAsync(Path.Combine(Log, path), bytes);
        }

        (await ProblemsAsync(log)).Should().Equal(("root", null));
    }

    [Theory]
    [InlineData("tile/entries/001")]
    [InlineData("tile/0/001")]
    [InlineData("tile/1/000.p/2")]
    public async Task File_ThatIsGone_IsMissing(string path)
    {
        using SampleLog log = new SampleLog(700).WriteTo(Log);
        File.Delete(Path.Combine(Log, path));
        (await ProblemsAsync(log)).Should().Equal(("missing", path));
    }

    [Fact]
    public async Task Log_CutOff_IsMissingAndGivesUp()
    {
        using SampleLog log = new SampleLog(700).WriteTo(Log);
        foreach (string path in new[] { "tile/entries/001", "tile/entries/002.p/188", "tile/0/001", "tile/0/002.p/188" })
        {
            File.Delete(Path.Combine(Log, path));
        }

        (await ProblemsAsync(log)).Should().Equal(("missing", "tile/entries/001"), ("missing", "tile/0/001"), ("root", null));
    }

    [Theory]
    [InlineData("tile/entries/000", 3)]
    [InlineData("tile/0/000", 8191)]
    public async Task File_CutShort_HasNotItsForm(string path, int length)
    {
        using SampleLog log = new SampleLog(700).WriteTo(Log);
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(Log, path));
        await File.WriteAllBytesAsync(Path.Combine(Log, path), bytes[..length]);
        (await ProblemsAsync(log)).Should().Equal(("format", path));
    }

    [Fact]
    public async Task Checkpoint_WithAnotherKey_NamesBoth()
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        using SampleLog other = new(keySeed: 2);
        Answer answer = await Cli.RunAsync("verify", "--log", Log, "--log-key", other.Key, "--json");
        answer.Code.Should().Be(1);
        Problems(answer).Should().Equal(("key", null));
        answer.Out.Should().Contain($"{log.Verifier.Id:x8}").And.Contain($"{other.Verifier.Id:x8}");
    }

    [Fact]
    public async Task Checkpoint_WithAWrongSignature_IsASignatureProblem()
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        string note = await File.ReadAllTextAsync(Path.Combine(Log, "checkpoint"));
        await File.WriteAllTextAsync(Path.Combine(Log, "checkpoint"), note.Replace("\n10\n", "\n11\n", StringComparison.Ordinal));
        (await ProblemsAsync(log)).Should().Equal(("signature", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not here</html>")]
    public async Task Checkpoint_ThatIsNone_IsSaidSo(string text)
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        await File.WriteAllTextAsync(Path.Combine(Log, "checkpoint"), text);
        (await ProblemsAsync(log)).Should().Equal(("checkpoint", null));
    }

    [Theory]
    [InlineData("checkpoint", 512 * 1024, "checkpoint", null)]
    [InlineData("tile/0/000", 8192, "format", "tile/0/000")]
    [InlineData("tile/entries/000", 256 * 65537, "format", "tile/entries/000")]
    public async Task Answer_LongerThanAnyCanBe_IsNotReadToItsEnd(string path, int longest, string check, string? where)
    {
        using SampleLog log = new(700);
        await using LogServer server = await LogServer.StartAsync(log);
        server.Compresses = true;
        server.Files[path] = new byte[longest + 1];
        Answer answer = await Cli.RunAsync("verify", "--log", server.Address, "--log-key", log.Key, "--json");
        answer.Code.Should().Be(1);
        Problems(answer).Should().Equal((check, where));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(300)]
    public async Task Log_GrownSinceLastTime_IsConsistent(ulong before)
    {
        using SampleLog log = new SampleLog(before).WriteTo(Log);
        (await VerifyAsync(log, "--state", State)).Code.Should().Be(0);
        log.Grow(300);
        log.WriteTo(Log);
        Answer answer = await VerifyAsync(log, "--state", State);
        answer.Code.Should().Be(0, answer.Out);
        answer.Json.GetProperty("before").GetUInt64().Should().Be(before);
        Findings(answer, "good").Should().Contain(("consistency", null));
    }

    [Theory]
    [InlineData(300, 300)]
    [InlineData(300, 700)]
    [InlineData(256, 700)]
    public async Task Log_RewrittenSinceLastTime_IsInconsistentAndTheProofIsKept(ulong before, ulong now)
    {
        using SampleLog log = new SampleLog(before).WriteTo(Log);
        (await VerifyAsync(log, "--state", State)).Code.Should().Be(0);
        byte[] kept = await File.ReadAllBytesAsync(Path.Combine(State, "verified"));
        Directory.Delete(Log, recursive: true);
        using SampleLog other = SampleLog.Rewritten(now, changed: 7).WriteTo(Log);

        Answer answer = await VerifyAsync(log, "--state", State);
        answer.Code.Should().Be(1);
        Problems(answer).Should().Equal(("consistency", null));
        EvidenceFolder evidence = new(answer.Json.GetProperty("evidence").GetString()!);
        evidence.Check(log.Verifier);
        (await File.ReadAllBytesAsync(Path.Combine(State, "verified"))).Should().Equal(kept, "what was verified is not forgotten");

        (await VerifyAsync(log, "--state", State)).Code.Should().Be(1);
        Directory.GetDirectories(Path.Combine(State, "evidence")).Should().HaveCount(1, "the same proof is kept once");
    }

    [Fact]
    public async Task Log_ShorterThanLastTime_IsShrunk()
    {
        using SampleLog log = new SampleLog(300);
        Note older = log.Sign(log.At(200));
        log.WriteTo(Log);
        (await VerifyAsync(log, "--state", State)).Code.Should().Be(0);
        Directory.Delete(Log, recursive: true);
        using SampleLog shorter = new SampleLog(200).WriteTo(Log);
        await File.WriteAllBytesAsync(Path.Combine(Log, "checkpoint"), older.ToArray());
        (await ProblemsAsync(log, "--state", State)).Should().Equal(("shrunk", null));
    }

    [Fact]
    public async Task Log_OfAnotherOriginThanLastTime_IsNotTheSame()
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        (await VerifyAsync(log, "--state", State)).Code.Should().Be(0);
        using SampleLog other = new SampleLog(10, origin: "log.example/other").WriteTo(Log);
        (await ProblemsAsync(other, "--state", State)).Should().Equal(("origin", null));
    }

    [Fact]
    public async Task Key_OnFirstUse_IsAdviceThenKeptThenMissedWhenReplaced()
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        Answer first = await Cli.RunAsync("verify", "--log", Log, "--state", State, "--json");
        first.Code.Should().Be(0, first.Out + first.Error);
        first.Json.GetProperty("keyFrom").GetString().Should().Be("firstUse");
        Findings(first, "advice").Should().Contain(("key", null));
        first.Out.Should().Contain(log.Key);

        Answer second = await Cli.RunAsync("verify", "--log", Log, "--state", State, "--json");
        second.Code.Should().Be(0);
        second.Json.GetProperty("keyFrom").GetString().Should().Be("kept");

        using SampleLog replaced = new SampleLog(10, keySeed: 2).WriteTo(Log);
        Answer third = await Cli.RunAsync("verify", "--log", Log, "--state", State, "--json");
        third.Code.Should().Be(1);
        Problems(third).Should().Equal(("key", null));
    }

    [Fact]
    public async Task Key_PassedOnByTheOldOne_IsFollowed()
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        (await VerifyAsync(log, "--state", State)).Code.Should().Be(0);
        using SampleLog successor = new SampleLog(20, keySeed: 2).WriteTo(Log);
        Statement.Write(Log, log, successor);
        Answer answer = await VerifyAsync(log, "--state", State);
        answer.Code.Should().Be(0, answer.Out);
        Findings(answer, "advice").Should().Contain(("key", null));
    }

    [Fact]
    public async Task Key_PassedOnByNobody_IsNotFollowed()
    {
        using SampleLog log = new SampleLog(10);
        using SampleLog successor = new SampleLog(20, keySeed: 2).WriteTo(Log);
        Statement.Write(Log, log, successor, signedBy: successor);
        (await ProblemsAsync(log)).Should().Equal(("key", null));
    }

    [Fact]
    public async Task Log_ThatDoesNotAnswer_IsUncheckedNotSound()
    {
        Answer answer = await Cli.RunAsync("verify", "--log", "http://127.0.0.1:9/log", "--log-key", TesseraKey, "--json");
        answer.Code.Should().Be((int)ExitCode.Usage);
        answer.Json.GetProperty("verdict").GetString().Should().Be("unchecked");
        answer.Json.GetProperty("reason").GetProperty("fr").GetString().Should().Contain("127.0.0.1");
    }

    [Fact]
    public async Task Log_ThatFailsHalfway_IsUncheckedNotTampered()
    {
        using SampleLog log = new(700);
        await using LogServer server = await LogServer.StartAsync(log);
        server.Statuses["tile/entries/001"] = 503;
        Answer answer = await Cli.RunAsync("verify", "--log", server.Address, "--log-key", log.Key, "--state", State, "--json");
        answer.Code.Should().Be((int)ExitCode.Usage);
        answer.Json.GetProperty("verdict").GetString().Should().Be("unchecked");
        Directory.Exists(State).Should().BeFalse();
    }

    [Fact]
    public async Task Witness_ThatSigned_IsNamedAndOneThatDidNotIsMissed()
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        using SignerKey witness = SignerKey.FromSeed("union.example", KeyAlgorithm.CosignatureV1, new byte[32]);
        Note note = log.Sign();
        Note cosigned = note.With([witness.Sign(note.Text.Span, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000))]);
        await File.WriteAllBytesAsync(Path.Combine(Log, "checkpoint"), cosigned.ToArray());
        (await VerifyAsync(log, "--witness-key", witness.Verifier.ToString())).Out.Should().Contain("2023");

        await File.WriteAllBytesAsync(Path.Combine(Log, "checkpoint"), note.ToArray());
        (await ProblemsAsync(log, "--witness-key", witness.Verifier.ToString())).Should().Equal(("cosignature", null));
    }

    [Theory]
    [InlineData("--log", "ftp://log.example/")]
    [InlineData("--log", "/nowhere/at/all")]
    [InlineData("--log-key", "log.example")]
    [InlineData("--witness-key", TesseraKey)]
    public async Task Option_ThatIsNone_IsUsage(string option, string value)
    {
        using SampleLog log = new SampleLog(1).WriteTo(Log);
        string[] others = option == "--log" ? [] : ["--log", Log];
        Answer answer = await Cli.RunAsync(["verify", option, value, .. others]);
        answer.Code.Should().Be((int)ExitCode.Usage);
        answer.Error.Should().StartWith("Error: ").And.Contain(value);
    }

    [Theory]
    [InlineData("fr", "INTACT", "Non prouvé")]
    [InlineData("en", "SOUND", "Not proven")]
    public async Task Verdict_ForPeople_SaysWhatIsNotProven(string language, string sound, string not)
    {
        using SampleLog log = new SampleLog(10).WriteTo(Log);
        Answer answer = await Cli.RunAsync("verify", "--log", Log, "--log-key", log.Key, "--language", language);
        answer.Out.Should().Contain(sound).And.Contain(not);
        Change("tile/entries/000.p/10", bytes => bytes[3] ^= 1);
        Answer tampered = await Cli.RunAsync("verify", "--log", Log, "--log-key", log.Key, "--language", language);
        tampered.Code.Should().Be(1);
        tampered.Out.Should().Contain("✗").And.NotContain(sound + ".");
    }

    private Task<Answer> VerifyAsync(SampleLog log, params string[] args) =>
        Cli.RunAsync(["verify", "--log", Log, "--log-key", log.Key, "--json", .. args]);

    private async Task<(string Check, string? Where)[]> ProblemsAsync(SampleLog log, params string[] args)
    {
        Answer answer = await VerifyAsync(log, args);
        answer.Code.Should().Be(1, answer.Out + answer.Error);
        answer.Json.GetProperty("verdict").GetString().Should().Be("tampered");
        return Problems(answer);
    }

    private static (string Check, string? Where)[] Problems(Answer answer) => Findings(answer, "problem");

    private static (string Check, string? Where)[] Findings(Answer answer, string weight) =>
    [
        .. answer.Json.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("weight").GetString() == weight)
            .Select(f => (f.GetProperty("check").GetString()!, f.GetProperty("where").GetString())),
    ];

    private void Change(string path, Action<byte[]> change)
    {
        string file = Path.Combine(Log, path);
        byte[] bytes = File.ReadAllBytes(file);
        change(bytes);
        File.WriteAllBytes(file, bytes);
    }
}
