using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using Ledger.Tests;
using Ledger.Verification;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ledger.Cli.Tests.Transparency;

/// <summary>The files of a log behind HTTP, and whatever a test wants it to do wrong.</summary>
internal sealed class LogServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> asked = [];

    private LogServer()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<Note> Cosigned { get; } = [];

    /// <summary>What is answered to a cosignature.</summary>
    public int CosignatureStatus { get; set; } = StatusCodes.Status200OK;

    /// <summary>Paths answered with this status instead.</summary>
    public ConcurrentDictionary<string, int> Statuses { get; } = new(StringComparer.Ordinal);

    public bool Compresses { get; set; }

    public IReadOnlyCollection<string> Asked => asked;

    public string Address => app.Urls.Single() + "/log/main";

    public static async Task<LogServer> StartAsync(SampleLog? log = null)
    {
        LogServer server = new();
        await server.app.StartAsync();
        return log is null ? server : server.Show(log);
    }

    /// <summary>Shows this log, and only this one, from now on.</summary>
    public LogServer Show(SampleLog log)
    {
        Files.Clear();
        foreach ((string path, byte[] bytes) in log.Files())
        {
            Files[path] = bytes;
        }

        return this;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!.Replace("/log/main/", "", StringComparison.Ordinal);
        asked.Enqueue(path);
        if (context.Request.Method == "POST" && path == "witness/cosignatures")
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            context.Response.StatusCode = CosignatureStatus;
            if (CosignatureStatus == StatusCodes.Status200OK && Note.TryParse(body.ToArray(), out Note? note))
            {
                Cosigned.Enqueue(note);
            }
        }
        else if (Statuses.TryGetValue(path, out int status))
        {
            context.Response.StatusCode = status;
        }
        else if (Files.TryGetValue(path, out byte[]? bytes))
        {
            await SendAsync(context, bytes);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task SendAsync(HttpContext context, byte[] bytes)
    {
        if (!Compresses)
        {
            await context.Response.Body.WriteAsync(bytes);
            return;
        }

        context.Response.Headers.ContentEncoding = "gzip";
        await using GZipStream zip = new(context.Response.Body, CompressionLevel.Fastest);
        await zip.WriteAsync(bytes);
    }
}
