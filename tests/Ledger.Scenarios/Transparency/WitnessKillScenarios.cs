using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.Verification;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Transparency;

/// <summary>
/// kill -9 of a witness at any moment, while honest logs and forks are brought to it: whatever left it stays true. All cosignatures that
/// anybody was ever given lie on one history, and none is of a size below one given before.
/// </summary>
public sealed class WitnessKillScenarios(ITestOutputHelper output)
{
    private const int CatchKills = 15;
    private static readonly int Kills = Seed.Kills(20);
    private const ulong Sizes = 4000;

    [Fact]
    public async Task Witness_KilledAgainAndAgainWhileAnswering_NeverSignsBelowOrBesideWhatItSigned()
    {
        Seed seed = new(output);
        Random random = seed.Next();
        using TemporaryDirectory directory = new();
        using SampleLog honest = new(Sizes + 10);
        using SampleLog forked = SampleLog.Rewritten(Sizes + 10, changed: 2);
        Bringers bringers = new(honest, forked);
        VerifierKey? key = null;
        for (int kill = 0; kill < Kills; kill++)
        {
            await using WitnessProcess witness = await WitnessProcess.StartAsync(directory.Of("state"), honest.Key);
            key ??= witness.Key;
            witness.Key.Should().Be(key, "the key is made once");

            // Some die with the first answer on the way, others after many.
            int answers = bringers.Signed + 1 + random.Next(12);
            using CancellationTokenSource dead = new();
            Task bringing = bringers.BringAsync(witness.Address, seed, dead.Token);
            await Eventually.HoldsAsync(() => Task.FromResult(bringers.Signed >= answers || bringing.IsCompleted), "cosignatures are given");
            await witness.KillAsync();
            await dead.CancelAsync();
            await bringing;
        }

        await using WitnessProcess last = await WitnessProcess.StartAsync(directory.Of("state"), honest.Key);
        Checkpoint shown = await last.LatestAsync(honest.Origin);
        output.WriteLine($"{Kills} kills; {bringers.Signed} cosignatures given, {bringers.Refused} forks refused, {bringers.CutOff} requests cut off; at {shown.Head.Size}");
        bringers.Check(key!, shown);
        bringers.Refused.Should().BePositive();
    }

    [Fact]
    public async Task Witness_KilledWhileItCatchesALog_HasTheEvidenceOrCatchesItAgain()
    {
        Random random = new Seed(output).Next();
        using TemporaryDirectory directory = new();
        using SampleLog honest = new(100);
        using SampleLog forked = SampleLog.Rewritten(100, changed: 2);
        AddCheckpointRequest fork = new(70, forked.Prove(70, 100), forked.Sign());
        int stopped = 0;
        for (int kill = 0; kill < CatchKills; kill++)
        {
            string state = directory.Of($"state-{kill}");
            await using (WitnessProcess witness = await WitnessProcess.StartAsync(state, honest.Key))
            {
                (await witness.AddAsync(new AddCheckpointRequest(0, [], honest.Sign(honest.At(70))))).Should().Be(HttpStatusCode.OK);
                Task answered = witness.AddAsync(fork);
                long started = TimeProvider.System.GetTimestamp();
                TimeSpan alive = TimeSpan.FromMilliseconds(random.Next(100));
                await Eventually.HoldsAsync(() => Task.FromResult(TimeProvider.System.GetElapsedTime(started) >= alive), "the moment has come");
                await witness.KillAsync();
                await answered.ContinueWith(static _ => { }, TaskScheduler.Default);
            }

            await using ChildProcess again = WitnessProcess.Run(state, honest.Key);
            await Eventually.HoldsAsync(() => Task.FromResult(again.HasExited || again.FirstLine.IsCompleted), "it starts");
            if (!again.Output.Contains("\"started\"", StringComparison.Ordinal))
            {
                stopped++;
            }
            else
            {
                using WitnessProcess witness = WitnessProcess.Of(again);
                (await witness.LatestAsync(honest.Origin)).Head.Should().Be(honest.At(70));
                (await witness.AddAsync(fork)).Should().Be(HttpStatusCode.UnprocessableEntity);
            }

            await Eventually.HoldsAsync(() => Task.FromResult(again.HasExited), "it stops");
            again.ExitCode.Should().Be(5);
            string evidence = Directory.GetDirectories(Path.Combine(state, "evidence")).Single(d => !d.EndsWith(".new", StringComparison.Ordinal));
            File.ReadAllBytes(Path.Combine(evidence, "second.checkpoint")).Should().Equal(fork.Checkpoint.ToArray());
            File.ReadAllText(Path.Combine(evidence, "readme.txt")).Should().NotBeEmpty();
        }

        output.WriteLine($"{CatchKills} kills; {stopped} times it had stopped already");
    }

    /// <summary>Several who bring checkpoints at once, most of them right, some of another history with proofs that do not hold.</summary>
    private sealed class Bringers(SampleLog honest, SampleLog forked)
    {
        private readonly ConcurrentQueue<Given> given = [];
        private int refused, cutOff;
        private ulong known;

        public int Signed => given.Count;

        public int Refused => refused;

        public int CutOff => cutOff;

        public Task BringAsync(Uri witness, Seed seed, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            Random random = seed.Next();
            using HttpClient client = new() { BaseAddress = witness };
            await Task.Yield();
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    await (random.Next(4) == 0 ? ForkAsync(client, random) : GrowAsync(client, random));
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    Interlocked.Increment(ref cutOff);
                    return;
                }
            }
        }));

        public void Check(VerifierKey key, Checkpoint shown)
        {
            foreach (Given one in given)
            {
                one.Note.Verify([key], out IReadOnlyList<VerifierKey> signers).Should().Be(NoteVerdict.Verified);
                signers.Should().ContainSingle();
                one.Head.Should().Be(honest.At(one.Head.Size), "nothing beside the one history is ever signed");
            }

            // What a later request was answered was never smaller than what an earlier one had been.
            given.Should().OnlyContain(one => one.Head.Size >= one.KnownBefore);
            shown.Head.Size.Should().BeGreaterThanOrEqualTo(given.Max(one => one.Head.Size));
            shown.Head.Should().Be(honest.At(shown.Head.Size));
        }

        private async Task GrowAsync(HttpClient client, Random random)
        {
            ulong old = Volatile.Read(ref known);
            ulong size = Math.Min(Sizes, old + (2 * (ulong)random.Next(3)));
            Note note = honest.Sign(honest.At(size));
            using HttpResponseMessage answer = await PostAsync(client, new AddCheckpointRequest(old, old == 0 ? [] : honest.Prove(old, size), note));
            byte[] body = await answer.Content.ReadAsByteArrayAsync();
            switch (answer.StatusCode)
            {
                case HttpStatusCode.OK:
                    NoteSignature.TryParseLines(body, out IReadOnlyList<NoteSignature> lines).Should().BeTrue();
                    given.Enqueue(new Given(note.With(lines), honest.At(size), old));
                    Advance(size);
                    break;
                case HttpStatusCode.Conflict:
                    ulong latest = ulong.Parse(Encoding.ASCII.GetString(body), CultureInfo.InvariantCulture);
                    latest.Should().BeGreaterThanOrEqualTo(old, "a size that was answered is never taken back");
                    Advance(latest);
                    break;
                default:
                    throw new InvalidOperationException($"{(int)answer.StatusCode} to an honest request from {old} to {size}");
            }
        }

        // Another history, signed by the same key, at odd sizes only: at a size that was signed it would be caught, and that is another test.
        // A proof that fails convicts nobody, so the witness goes on.
        private async Task ForkAsync(HttpClient client, Random random)
        {
            ulong old = Volatile.Read(ref known);
            ulong size = Math.Min(Sizes, Math.Max(old, 4)) + 1 + (2 * (ulong)random.Next(3));
            TreeHash[] proof = old == 0 ? [MerkleTree.EmptyRoot] : honest.Prove(old, size);
            using HttpResponseMessage answer = await PostAsync(client, new AddCheckpointRequest(old, proof, forked.Sign(forked.At(size))));
            answer.StatusCode.Should().BeOneOf(HttpStatusCode.UnprocessableEntity, HttpStatusCode.Conflict);
            Interlocked.Increment(ref refused);
        }

        private static async Task<HttpResponseMessage> PostAsync(HttpClient client, AddCheckpointRequest request)
        {
            using ByteArrayContent content = new(request.ToArray());
            return await client.PostAsync(new Uri("add-checkpoint", UriKind.Relative), content);
        }

        private void Advance(ulong size)
        {
            for (ulong before = Volatile.Read(ref known); before < size;)
            {
                ulong seen = Interlocked.CompareExchange(ref known, size, before);
                before = seen == before ? size : seen;
            }
        }

        private sealed record Given(Note Note, TreeHead Head, ulong KnownBefore);
    }

    private sealed class WitnessProcess : IAsyncDisposable, IDisposable
    {
        private readonly ChildProcess process;
        private readonly HttpClient client = new();

        private WitnessProcess(ChildProcess process, JsonElement started)
        {
            this.process = process;
            Address = new Uri(started.GetProperty("listens").GetString() + "/");
            Key = VerifierKey.TryParse(started.GetProperty("witness").GetString(), out VerifierKey? key) ? key : throw new FormatException();
        }

        public Uri Address { get; }

        public VerifierKey Key { get; }

        public static ChildProcess Run(string state, string logKey) => ChildProcess.Start(
            "ledger.dll", ["witness", "--listen", "127.0.0.1:0", "--log-key", logKey, "--state", state, "--name", "union.example/witness", "--json"]);

        public static WitnessProcess Of(ChildProcess listening) => new(listening, JsonDocument.Parse(listening.Output.Split('\n')[0]).RootElement);

        public static async Task<WitnessProcess> StartAsync(string state, string logKey)
        {
            ChildProcess started = Run(state, logKey);
            await Eventually.HoldsAsync(
                () => started.HasExited
                    ? throw new InvalidOperationException($"The witness ended with {started.ExitCode}:\n{started.Output}")
                    : Task.FromResult(started.FirstLine.IsCompleted),
                "the witness listens");
            return Of(started);
        }

        public async Task<HttpStatusCode> AddAsync(AddCheckpointRequest request)
        {
            using ByteArrayContent content = new(request.ToArray());
            using HttpResponseMessage answer = await client.PostAsync(new Uri(Address, "add-checkpoint"), content);
            return answer.StatusCode;
        }

        public async Task<Checkpoint> LatestAsync(string origin)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));
            byte[] note = await client.GetByteArrayAsync(new Uri(Address, $"{hash}/checkpoint"));
            return Note.TryParse(note, out Note? parsed) && Checkpoint.TryParse(parsed.Text.Span, out Checkpoint? checkpoint) ? checkpoint : throw new FormatException();
        }

        public Task KillAsync() => process.KillAsync();

        public void Dispose() => client.Dispose();

        public async ValueTask DisposeAsync()
        {
            Dispose();
            await process.DisposeAsync();
        }
    }
}
