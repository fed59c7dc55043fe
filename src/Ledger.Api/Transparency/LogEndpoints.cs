using System.Text;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Transparency;

/// <summary>
/// The logs as files, at <c>/log/{organisation}/</c> (c2sp.org/tlog-tiles): checkpoint, tiles and entry bundles, and where witnesses that
/// poll find the newest checkpoint and leave their cosignature. All of it is public and free of personal data.
/// </summary>
internal sealed class LogEndpoints(GrainReferences<ILogReader> readers, GrainReferences<ITransparencyLog> logs)
{
    // A checkpoint changes within a second; a tile never does.
    private const string Short = "public, max-age=1";
    private const string Forever = "public, max-age=31536000, immutable";
    private const string Never = "no-store";
    private const string Text = "text/plain; charset=utf-8";
    private const string Bytes = "application/octet-stream";

    public void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder log = app.MapGroup("/log/{organisation}");
        log.MapGet("/checkpoint", (string organisation, HttpContext context) =>
            SendAsync(organisation, context, async () => await readers.Of(organisation).CheckpointAsync(), Text, Short));
        log.MapGet("/tile/{**path}", (string organisation, string? path, HttpContext context) =>
            SendAsync(organisation, context, async () => await readers.Of(organisation).TileAsync($"tile/{path}"), Bytes, Forever));
        log.MapGet("/keys", (string organisation, HttpContext context) =>
            SendAsync(organisation, context, async () => Lines(await readers.Of(organisation).KeysAsync()), Text, Short));
        log.MapGet("/key-statements/{number:int:min(0)}", (string organisation, int number, HttpContext context) =>
            SendAsync(organisation, context, async () => Statement(await readers.Of(organisation).KeysAsync(), number), Text, Short));
        log.MapGet("/witness/checkpoint", (string organisation, HttpContext context) =>
            SendAsync(organisation, context, async () => new LogAnswer<byte[]>(await logs.Of(organisation).SignedCheckpointAsync()), Text, Never));
        log.MapPost("/witness/cosignatures", (string organisation, HttpContext context) =>
            SendAsync(organisation, context, () => TakeAsync(organisation, context), Text, Never));
    }

    private async Task<LogAnswer<byte[]>> TakeAsync(string organisation, HttpContext context)
    {
        using MemoryStream body = new();
        byte[] piece = new byte[4096];
        for (int read; (read = await context.Request.Body.ReadAsync(piece, context.RequestAborted)) > 0;)
        {
            body.Write(piece, 0, read);
            if (body.Length > Limits.NoteBytes)
            {
                return new LogAnswer<byte[]>(null, new Refusal(RefusalCode.OverLimit, "note", [$"{Limits.NoteBytes} B"]));
            }
        }

        return await logs.Of(organisation).AddCosignatureAsync(body.ToArray()) is { } refusal
            ? new LogAnswer<byte[]>(null, refusal)
            : new LogAnswer<byte[]>([]);
    }

    private static async Task SendAsync(string organisation, HttpContext context, Func<Task<LogAnswer<byte[]>>> ask, string type, string caching)
    {
        LogAnswer<byte[]> answer = ResourceNames.IsOrganisation(organisation)
            ? await AskAsync(ask)
            : new LogAnswer<byte[]>(null, new Refusal(RefusalCode.NotFound, ""));
        // Whoever checks a log may do it from a page of their own.
        context.Response.Headers.AccessControlAllowOrigin = "*";
        if (answer.Value is not { } bytes)
        {
            // A tile that is not there may be there in a second: no cache on the way may remember that it was not.
            context.Response.Headers.CacheControl = Never;
            await ProblemMiddleware.WriteAsync(context, [answer.Refusal ?? new Refusal(RefusalCode.NotFound, "")]);
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = caching;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task<LogAnswer<byte[]>> AskAsync(Func<Task<LogAnswer<byte[]>>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
        {
            return new LogAnswer<byte[]>(null, new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter));
        }
    }

    /// <summary>The signed note by which the key before passes the log on to this one of the list, from 0; there is none for the first.</summary>
    private static LogAnswer<byte[]> Statement(LogAnswer<LogKey[]> keys, int number) => new(
        keys.Value is { } all && number < all.Length ? all[number].Statement : null, keys.Refusal);

    /// <summary>A verifier key a line, oldest first; what passes the log on from one to the next is beside it, and in <c>ListLogKeys</c>.</summary>
    private static LogAnswer<byte[]> Lines(LogAnswer<LogKey[]> keys) => new(
        keys.Value is { } all ? Encoding.UTF8.GetBytes(string.Concat(all.Select(k => k.VerifierKey + "\n"))) : null, keys.Refusal);
}
