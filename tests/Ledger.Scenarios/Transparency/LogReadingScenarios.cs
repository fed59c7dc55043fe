using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.V1;
using Ledger.Verification;
using Xunit.Abstractions;
using Checkpoint = Ledger.Verification.Checkpoint;
using ConsistencyProof = Ledger.Verification.ConsistencyProof;
using InclusionProof = Ledger.Verification.InclusionProof;

namespace Ledger.Scenarios.Transparency;

/// <summary>A log as others meet it: proofs that come with the receipt, files that any tool can fetch, and clear answers to what is not there.</summary>
public class LogReadingScenarios(LogServer served, ITestOutputHelper output) : IClassFixture<LogServer>
{
    private LedgerProcess Server => served.Server;

    [Fact]
    public async Task Decision_WhoseProducerWaitsForTheCheckpoint_ComesWithAProofThatChecksAgainstTheServedKey()
    {
        RecordDecisionRequest request = new DecisionBuilder(new Seed(output).NewId(), "E-500").Request();
        request.WaitForCheckpoint = true;

        Receipt receipt = await Server.Decisions.RecordDecisionAsync(request);

        TlogProof.TryParse(Encoding.UTF8.GetBytes(receipt.Inclusion.TlogProof), out TlogProof? proof).Should().BeTrue();
        proof!.Index.Should().Be(receipt.Inclusion.LeafIndex);
        Checkpoint checkpoint = ServedLog.Verified(proof.Checkpoint.ToArray(), await served.Log.KeysAsync());
        checkpoint.Origin.Should().Be("localhost/log/main");
        InclusionProof.Check(new TreeHash(receipt.LeafHash.Span), proof.Index, checkpoint.Head, [.. proof.Hashes]).Should().BeTrue();
        request.WaitForCheckpoint = false;
        Receipt repeat = await Server.Decisions.RecordDecisionAsync(request);
        repeat.Inclusion = receipt.Inclusion;
        repeat.Should().Be(receipt, "the receipt is the same");
    }

    [Fact]
    public async Task Proofs_OfDecisionsRecordedBefore_CheckAgainstTheServedKey()
    {
        VerifierKey[] keys = await served.Log.KeysAsync();
        foreach (Receipt receipt in served.Receipts.Where((_, i) => i % 29 == 0))
        {
            V1.InclusionProof proof = await Server.Transparency.GetInclusionProofAsync(new GetInclusionProofRequest { Name = receipt.Name });
            proof.LeafHash.Should().Equal(receipt.LeafHash);
            Checkpoint checkpoint = ServedLog.Verified(Encoding.UTF8.GetBytes(proof.Checkpoint.Note), keys);
            TreeHash[] hashes = [.. proof.Hashes.Select(h => new TreeHash(h.Span))];
            InclusionProof.Check(new TreeHash(receipt.LeafHash.Span), proof.LeafIndex, checkpoint.Head, hashes).Should().BeTrue();
            V1.InclusionProof byIndex = await Server.Transparency.GetInclusionProofAsync(
                new GetInclusionProofRequest { Parent = DecisionBuilder.Organisation, LeafIndex = proof.LeafIndex });
            byIndex.LeafHash.Should().Equal(receipt.LeafHash);
        }

        Refused beyond = await Refused.ByAsync(() => Server.Transparency.GetInclusionProofAsync(
            new GetInclusionProofRequest { Parent = DecisionBuilder.Organisation, LeafIndex = ulong.MaxValue }).ResponseAsync);
        beyond.Status.Should().Be(StatusCode.NotFound);
        beyond.Fields.Should().Equal("leaf_index");
    }

    [Fact]
    public async Task Consistency_OfAnyTwoSizes_IsProven()
    {
        Checkpoint now = (await served.Log.CheckpointAsync(await served.Log.KeysAsync()))!;
        IReadOnlyList<TreeHash> leaves = await served.Log.ReadAllAsync(now.Head);
        TreeBuilder tree = new();
        foreach (TreeHash leaf in leaves)
        {
            tree.Append(leaf);
            if (tree.Size % 37 == 0 || tree.Size == now.Head.Size)
            {
                V1.ConsistencyProof proof = await Server.Transparency.GetConsistencyProofAsync(
                    new GetConsistencyProofRequest { Parent = DecisionBuilder.Organisation, FirstSize = tree.Size, SecondSize = now.Head.Size });
                ConsistencyProof.Check(tree.Head, now.Head, [.. proof.Hashes.Select(h => new TreeHash(h.Span))]).Should().BeTrue("from {0}", tree.Size);
            }
        }

        foreach ((ulong first, ulong second, string field) in ((ulong, ulong, string)[])[(0, 5, "first_size"), (6, 5, "first_size"), (1, ulong.MaxValue, "second_size")])
        {
            Refused refused = await Refused.ByAsync(() => Server.Transparency.GetConsistencyProofAsync(
                new GetConsistencyProofRequest { Parent = DecisionBuilder.Organisation, FirstSize = first, SecondSize = second }).ResponseAsync);
            refused.Status.Should().Be(StatusCode.InvalidArgument);
            refused.Fields.Should().Equal(field);
        }
    }

    [Theory]
    [InlineData("checkpoint", "text/plain; charset=utf-8", "public, max-age=1")]
    [InlineData("keys", "text/plain; charset=utf-8", "public, max-age=1")]
    [InlineData("tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/0/000.p/255", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/0/001.p/45", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/1/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/entries/000", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/entries/001.p/45", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("witness/checkpoint", "text/plain; charset=utf-8", "no-store")]
    public async Task File_OfALog_SaysWhatItIsAndHowLongItStays(string path, string type, string caching)
    {
        RawAnswer answer = await RawAnswer.GetAsync(Server, $"/log/main/{path}");

        answer.Status.Should().Be(200);
        answer.Headers["content-type"].Should().Be(type);
        answer.Headers["cache-control"].Should().Be(caching);
        answer.Headers["content-length"].Should().Be(answer.Body.Length.ToString(CultureInfo.InvariantCulture));
        answer.Headers["access-control-allow-origin"].Should().Be("*", "a page of somebody else's may check the log");
    }

    [Theory]
    [InlineData("/log/main/tile/0/002")]
    [InlineData("/log/main/tile/0/999")]
    [InlineData("/log/main/tile/0/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("/log/main/tile/0/001.p/255")]
    [InlineData("/log/main/tile/0/001")]
    [InlineData("/log/main/tile/entries/001.p/255")]
    [InlineData("/log/main/tile/2/000")]
    [InlineData("/log/main/tile/63/000")]
    [InlineData("/log/main/tile/64/000")]
    [InlineData("/log/main/tile/-1/000")]
    [InlineData("/log/main/tile/00/000")]
    [InlineData("/log/main/tile/0/0")]
    [InlineData("/log/main/tile/0/0000")]
    [InlineData("/log/main/tile/0/x000/000")]
    [InlineData("/log/main/tile/0/000.p/0")]
    [InlineData("/log/main/tile/0/000.p/01")]
    [InlineData("/log/main/tile/0/000.p/256")]
    [InlineData("/log/main/tile/0/000.p/")]
    [InlineData("/log/main/tile/0/000.p")]
    [InlineData("/log/main/tile/0/000/")]
    [InlineData("/log/main/tile/0//000")]
    [InlineData("/log/main/tile/0/000.new")]
    [InlineData("/log/main/tile/0%2f000")]
    [InlineData("/log/main/tile/..%2fcheckpoint")]
    [InlineData("/log/main/tile/../../main.positions")]
    [InlineData("/log/main/tile/%2e%2e/%2e%2e/%2e%2e/keys/log-main.key")]
    [InlineData("/log/main/tile/..%5c..%5cmain.positions")]
    [InlineData("/log/main/tile/")]
    [InlineData("/log/main/tile")]
    [InlineData("/log/main/")]
    [InlineData("/log/main")]
    [InlineData("/log/main/checkpoint.cosigned")]
    [InlineData("/log/main/main.positions")]
    [InlineData("/log/main.positions/checkpoint")]
    [InlineData("/log/main.rebuilding/checkpoint")]
    [InlineData("/log/other/checkpoint")]
    [InlineData("/log/other/keys")]
    [InlineData("/log/other/tile/0/000")]
    [InlineData("/log/other/witness/checkpoint")]
    [InlineData("/log/Main/checkpoint")]
    [InlineData("/log/main%2f..%2fmain/checkpoint")]
    [InlineData("/log/%2e%2e/checkpoint")]
    [InlineData("/log/../keys/log-main.key")]
    public async Task Path_ThatIsNoFileOfALog_IsNotFoundAndNotRemembered(string path)
    {
        RawAnswer answer = await RawAnswer.GetAsync(Server, path);

        answer.Status.Should().Be(404, "{0}", Encoding.UTF8.GetString(answer.Body));
        answer.Headers.GetValueOrDefault("cache-control").Should().BeOneOf([null, "no-store"], "a tile that is not there yet may be there in a second");
        Encoding.UTF8.GetString(answer.Body).Should().NotContain("PRIVATE");
    }

    [Fact]
    public async Task Tile_OfALogThatMayComeYet_IsNotFoundInWordsAndNotRemembered()
    {
        RawAnswer answer = await RawAnswer.GetAsync(Server, "/log/main/tile/0/002");

        answer.Headers["content-type"].Should().StartWith("application/problem+json");
        answer.Headers["cache-control"].Should().Be("no-store");
    }

    [Fact]
    public async Task Cosignature_ThatIsNone_IsRefused()
    {
        foreach ((string body, int status) in ((string, int)[])[("", 400), ("nonsense", 400), (new string('x', 20_000), 400), (await Server.Http.GetStringAsync("/log/main/checkpoint"), 400)])
        {
            using StringContent content = new(body);
            using HttpResponseMessage answer = await Server.Http.PostAsync("/log/main/witness/cosignatures", content);
            ((int)answer.StatusCode).Should().BeOneOf([status, 403, 404], "{0}", body.Length > 50 ? body.Length : body);
            answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        }
    }

    /// <summary>An answer to a request whose path is sent as it is: a client library would tidy it.</summary>
    private sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public static async Task<RawAnswer> GetAsync(LedgerProcess server, string path)
        {
            using TcpClient client = new();
            await client.ConnectAsync(server.Http.BaseAddress!.Host, server.Http.BaseAddress.Port);
            await using NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            using MemoryStream all = new();
            await stream.CopyToAsync(all);
            byte[] bytes = all.ToArray();
            int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
            string[] lines = Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n");
            return new RawAnswer(
                int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
                lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1], StringComparer.OrdinalIgnoreCase),
                bytes[(end + 4)..]);
        }
    }
}
