using System.Globalization;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Ledger.Contracts;
using Ledger.Silo.Hosting;
using Ledger.Verification;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Transparency;

/// <summary>Shows each new checkpoint to one witness that listens (c2sp.org/tlog-witness) and takes its cosignature.</summary>
internal sealed class WitnessPush(HttpClient client, VerifierKey witness, Uri address, TileFolder tiles, Publisher publisher, TimeProvider time, ILogger logger)
{
    private readonly Channel<SignedTree> newest =
        Channel.CreateBounded<SignedTree>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private ulong oldSize;

    /// <summary>Shows this one next; one not shown yet is passed over.</summary>
    public void Offer(SignedTree signed) => newest.Writer.TryWrite(signed);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        SignedTree? last = null;
        while (true)
        {
            SignedTree tree = await NextAsync(last, cancellationToken);
            if (!await TryShowAsync(tree, cancellationToken))
            {
                await Task.Delay(Limits.RetryAfter, time, cancellationToken);
                Offer(newest.Reader.TryRead(out SignedTree? newer) ? newer : tree);
            }

            last = tree;
        }
    }

    /// <summary>The next one signed; when none comes for long the last one again, so that its cosignature stays fresh.</summary>
    private async Task<SignedTree> NextAsync(SignedTree? last, CancellationToken cancellationToken)
    {
        if (last is null)
        {
            return await newest.Reader.ReadAsync(cancellationToken);
        }

        using CancellationTokenSource patience = new(Limits.CosignatureRefresh, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await newest.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return last;
        }
    }

    private async Task<bool> TryShowAsync(SignedTree tree, CancellationToken cancellationToken)
    {
        try
        {
            for (int attempt = 0; attempt < 2; attempt++)
            {
                using HttpResponseMessage answer = await SendAsync(tree, cancellationToken);
                // Not as its Content-Type says: what a stranger may say there can be anything.
                string body = Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
                switch (answer.StatusCode)
                {
                    case HttpStatusCode.OK:
                        return TakeLines(tree, body);
                    case HttpStatusCode.Conflict when ulong.TryParse(body.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong known) && known <= tree.Head.Size:
                        oldSize = known;
                        continue;
                    default:
                        // Nothing here mends by itself: what the witness holds against us is said to the operator, again at each try.
                        logger.LogError(
                            "Witness {Witness} does not sign the checkpoint of size {Size} of {Origin}: {Status} {Answer}",
                            witness.Name, tree.Head.Size, tree.Note.Signatures[0].Name, (int)answer.StatusCode, body.Length > 200 ? body[..200] : body);
                        return false;
                }
            }

            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.LogWarning("Witness {Witness} cannot be reached: {Reason}", witness.Name, e.Message);
            return false;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(SignedTree tree, CancellationToken cancellationToken)
    {
        TreeHash[] proof = [];
        if (oldSize > 0 && oldSize < tree.Head.Size && !ConsistencyProof.TryProve(oldSize, tree.Head.Size, id => tiles.Read(id), out proof))
        {
            throw new IOException($"A tile needed for the proof from {oldSize} to {tree.Head.Size} is not there.");
        }

        using ByteArrayContent content = new(new AddCheckpointRequest(oldSize, proof, tree.Note).ToArray());
        return await client.PostAsync(new Uri(address, "add-checkpoint"), content, cancellationToken);
    }

    private bool TakeLines(SignedTree tree, string lines)
    {
        oldSize = tree.Head.Size;
        byte[] note = [.. tree.Note.Text.Span, (byte)'\n', .. Encoding.UTF8.GetBytes(lines)];
        // Not found: a newer one has its cosignatures already.
        if (Note.TryParse(note, out Note? cosigned) && publisher.Take(cosigned) is null or { Code: RefusalCode.NotFound })
        {
            return true;
        }

        logger.LogError("Witness {Witness} answered with a signature that does not fit its key. Check the key that is configured for it.", witness.Name);
        return false;
    }
}
