using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Ledger.Cli.Hosting;
using Ledger.Tests;
using Ledger.Verification;
using Xunit;

namespace Ledger.Cli.Tests.Transparency;

/// <summary>c2sp.org/tlog-witness, clause by clause, over a socket.</summary>
public sealed class WitnessListenTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly SampleLog log = new(20);

    public void Dispose()
    {
        log.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task AddCheckpoint_ForTheFirstTime_IsCosignedAndShownToMonitors()
    {
        await using RunningWitness witness = await StartAsync();
        WitnessReply reply = await witness.AddAsync(new AddCheckpointRequest(0, [], log.Sign()));
        reply.Status.Should().Be(HttpStatusCode.OK);
        Note cosigned = Cosigned(log.Sign(), reply);
        cosigned.Verify([witness.Key], out _).Should().Be(NoteVerdict.Verified);
        VerifierKey.TryReadTime(cosigned.Signatures[^1].Signature.Span, out long seconds).Should().BeTrue();
        DateTimeOffset.FromUnixTimeSeconds(seconds).Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));

        WitnessReply shown = await witness.GetAsync($"{Hash(log.Origin)}/checkpoint");
        shown.Status.Should().Be(HttpStatusCode.OK);
        shown.Type.Should().Be("text/plain; charset=utf-8");
        shown.Body.Should().Equal(cosigned.ToArray(), "it has the log's signature and the cosignature that was answered");
    }

    [Fact]
    public async Task AddCheckpoint_WithAProof_IsCosigned()
    {
        await using RunningWitness witness = await StartAsync();
        await SignAsync(witness, 0, 7);
        await SignAsync(witness, 7, 20);
        await SignAsync(witness, 20, 20);
    }

    [Fact]
    public async Task AddCheckpoint_WithOtherSignaturesToo_IgnoresThem()
    {
        await using RunningWitness witness = await StartAsync();
        using SignerKey stranger = SignerKey.FromSeed("stranger.example", KeyAlgorithm.Ed25519, new byte[32]);
        Note note = log.Sign();
        Note more = note.With([stranger.Sign("something else\n"u8, default)]);
        (await witness.AddAsync(new AddCheckpointRequest(0, [], more))).Status.Should().Be(HttpStatusCode.OK);
        (await witness.GetAsync($"{Hash(log.Origin)}/checkpoint")).Text.Should().NotContain("stranger");
    }

    [Theory]
    [InlineData("")]
    [InlineData("old 0\n")]
    [InlineData("old 00\n\n{note}")]
    [InlineData("old -1\n\n{note}")]
    [InlineData("new 0\n\n{note}")]
    [InlineData("old 0\nnot base64\n\n{note}")]
    [InlineData("old 0\n\nno note\n")]
    [InlineData("old 21\n\n{note}")]
    public async Task AddCheckpoint_Malformed_Is400(string body)
    {
        await using RunningWitness witness = await StartAsync();
        string text = body.Replace("{note}", Encoding.UTF8.GetString(log.Sign().ToArray()), StringComparison.Ordinal);
        (await witness.AddAsync(Encoding.UTF8.GetBytes(text))).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task AddCheckpoint_WithSixtyFourHashes_Is400()
    {
        await using RunningWitness witness = await StartAsync();
        TreeHash[] hashes = [.. Enumerable.Repeat(MerkleTree.EmptyRoot, 64)];
        (await witness.AddAsync(new AddCheckpointRequest(1, hashes, log.Sign()))).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task AddCheckpoint_LongerThanAnyCanBe_IsRefused()
    {
        await using RunningWitness witness = await StartAsync();
        (await witness.AddAsync(new byte[600 * 1024])).Status.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task AddCheckpoint_OfAnUnknownOrigin_Is404()
    {
        await using RunningWitness witness = await StartAsync();
        using SampleLog other = new(5, origin: "log.example/unknown");
        (await witness.AddAsync(new AddCheckpointRequest(0, [], other.Sign()))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task AddCheckpoint_SignedByAnotherKey_Is403()
    {
        await using RunningWitness witness = await StartAsync();
        using SampleLog other = new(20, keySeed: 2);
        (await witness.AddAsync(new AddCheckpointRequest(0, [], other.Sign()))).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task AddCheckpoint_WithAWrongSignatureOfAKnownKey_Is403()
    {
        await using RunningWitness witness = await StartAsync();
        NoteSignature ofAnother = log.Sign(log.At(19)).Signatures[0];
        Note spoilt = Note.Create(new Checkpoint(log.Origin, log.Head).ToText(), [ofAnother]);
        (await witness.AddAsync(new AddCheckpointRequest(0, [], spoilt))).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(8)]
    public async Task AddCheckpoint_FromAnotherOldSize_Is409WithTheSizeAndItsType(ulong old)
    {
        await using RunningWitness witness = await StartAsync();
        await SignAsync(witness, 0, 7);
        WitnessReply reply = await witness.AddAsync(new AddCheckpointRequest(old, old == 0 ? [] : log.Prove(old, 20), log.Sign()));
        reply.Status.Should().Be(HttpStatusCode.Conflict);
        reply.Type.Should().Be("text/x.tlog.size");
        reply.Text.Should().Be("7\n");
    }

    [Fact]
    public async Task AddCheckpoint_FromAnOldSizeOfAWitnessThatSawNothing_Is409WithZero()
    {
        await using RunningWitness witness = await StartAsync();
        WitnessReply reply = await witness.AddAsync(new AddCheckpointRequest(7, log.Prove(7, 20), log.Sign()));
        reply.Status.Should().Be(HttpStatusCode.Conflict);
        reply.Text.Should().Be("0\n");
    }

    [Fact]
    public async Task AddCheckpoint_WithAProofThatFails_Is422AndNothingIsConcluded()
    {
        await using RunningWitness witness = await StartAsync();
        await SignAsync(witness, 0, 7);
        TreeHash[] proof = log.Prove(7, 20);
        proof[1] = MerkleTree.EmptyRoot;
        (await witness.AddAsync(new AddCheckpointRequest(7, proof, log.Sign()))).Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        await SignAsync(witness, 7, 20);
    }

    [Fact]
    public async Task AddCheckpoint_WithAProofFromNothing_Is422()
    {
        await using RunningWitness witness = await StartAsync();
        (await witness.AddAsync(new AddCheckpointRequest(0, [MerkleTree.EmptyRoot], log.Sign()))).Status.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Checkpoint_NeverCosigned_Is404()
    {
        await using RunningWitness witness = await StartAsync();
        (await witness.GetAsync($"{Hash(log.Origin)}/checkpoint")).Status.Should().Be(HttpStatusCode.NotFound);
        (await witness.GetAsync($"{Hash("log.example/unknown")}/checkpoint")).Status.Should().Be(HttpStatusCode.NotFound);
        (await witness.GetAsync("add-checkpoint")).Status.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Restart_Anytime_GoesOnFromWhatWasSigned()
    {
        VerifierKey key;
        await using (RunningWitness first = await StartAsync())
        {
            key = first.Key;
            await SignAsync(first, 0, 7);
            (await first.StopAsync()).Should().Be(0);
        }

        await using RunningWitness second = await StartAsync();
        second.Key.Should().Be(key);
        (await second.AddAsync(new AddCheckpointRequest(0, [], log.Sign()))).Text.Should().Be("7\n");
        await SignAsync(second, 7, 20);
    }

    [Fact]
    public async Task SeveralLogs_AtOneWitness_AreKeptApart()
    {
        using SampleLog other = new(5, origin: "log.example/other");
        await using RunningWitness witness = await StartAsync("--log-key", other.Key);
        await SignAsync(witness, 0, 20);
        (await witness.AddAsync(new AddCheckpointRequest(0, [], other.Sign()))).Status.Should().Be(HttpStatusCode.OK);
        (await witness.GetAsync($"{Hash(other.Origin)}/checkpoint")).Text.Should().StartWith("log.example/other\n5\n");
        (await witness.GetAsync($"{Hash(log.Origin)}/checkpoint")).Text.Should().StartWith($"{log.Origin}\n20\n");
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(7, 20)]
    [InlineData(0, 0)]
    public async Task Fork_ThatARequestProves_Is422ThenEndsWithFiveForGood(ulong before, ulong now)
    {
        await using RunningWitness witness = await StartAsync();
        await SignAsync(witness, 0, before);
        using SampleLog other = SampleLog.Rewritten(now, changed: 3);
        Note fork = now == 0 ? log.Sign(new TreeHead(0, log.Head.Root)) : other.Sign();
        TreeHash[] proof = before == now ? [] : other.Prove(before, now);
        (await witness.AddAsync(new AddCheckpointRequest(before, proof, fork))).Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await witness.Ended).Should().Be((int)ExitCode.TwoHistories);

        EvidenceFolder evidence = new((await witness.SaysAsync("caught")).GetProperty("evidence").GetString()!);
        evidence.Second.ToArray().Should().Equal(fork.ToArray());
        evidence.Check(log.Verifier);

        Answer again = await Cli.RunAsync(Args());
        again.Code.Should().Be((int)ExitCode.TwoHistories);
        again.Out.Should().Contain("evidence");
    }

    [Fact]
    public async Task Requests_AtTheSameTime_SignALine()
    {
        await using RunningWitness witness = await StartAsync();
        ConcurrentBag<ulong> signed = [];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            Random random = new(worker);
            ulong known = 0;
            for (int i = 0; i < 40; i++)
            {
                ulong next = Math.Min(20, known + (ulong)random.Next(3));
                WitnessReply reply = await witness.AddAsync(new AddCheckpointRequest(known, known == 0 ? [] : log.Prove(known, next), log.Sign(log.At(next))));
                if (reply.Status == HttpStatusCode.OK)
                {
                    known = next;
                    signed.Add(next);
                }
                else
                {
                    reply.Status.Should().Be(HttpStatusCode.Conflict);
                    ulong latest = ulong.Parse(reply.Text, System.Globalization.CultureInfo.InvariantCulture);
                    latest.Should().BeGreaterThanOrEqualTo(known, "nothing that was answered is ever taken back");
                    known = latest;
                }
            }
        })));

        signed.Should().NotBeEmpty();
        string last = (await witness.GetAsync($"{Hash(log.Origin)}/checkpoint")).Text.Split('\n')[1];
        ulong.Parse(last, System.Globalization.CultureInfo.InvariantCulture).Should().Be(signed.Max());
    }

    [Fact]
    public async Task Directory_HeldByAnotherWitness_IsRefused()
    {
        await using RunningWitness witness = await StartAsync();
        Answer answer = await Cli.RunAsync(Args());
        answer.Code.Should().Be((int)ExitCode.Unavailable);
        answer.Error.Should().Contain(directory.File("state"));
    }

    private string[] Args() => ["witness", "--listen", "127.0.0.1:0", "--log-key", log.Key, "--state", directory.File("state")];

    private Task<RunningWitness> StartAsync(params string[] more) => RunningWitness.StartAsync([.. Args()[1..], .. more]);

    private async Task SignAsync(RunningWitness witness, ulong old, ulong size)
    {
        Note note = log.Sign(log.At(size));
        WitnessReply reply = await witness.AddAsync(new AddCheckpointRequest(old, old == 0 ? [] : log.Prove(old, size), note));
        reply.Status.Should().Be(HttpStatusCode.OK, reply.Text);
        Cosigned(note, reply).Verify([witness.Key], out _).Should().Be(NoteVerdict.Verified);
    }

    private static Note Cosigned(Note note, WitnessReply reply) =>
        NoteSignature.TryParseLines(reply.Body, out IReadOnlyList<NoteSignature> lines) ? note.With(lines) : throw new FormatException(reply.Text);

    private static string Hash(string origin) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));
}
