using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ledger.Cli.Hosting;
using Ledger.Verification;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ledger.Cli.Transparency;

/// <summary>
/// The witness protocol over HTTP (c2sp.org/tlog-witness), submission and monitoring under one prefix. Nobody signs in: a request is
/// worth what the log's signature on its checkpoint is worth.
/// </summary>
internal sealed class WitnessService : IAsyncDisposable
{
    private const string Text = "text/plain; charset=utf-8";

    // tlog-witness, add-checkpoint: this and nothing more.
    private const string SizeType = "text/x.tlog.size";

    private readonly WitnessDesk desk;
    private readonly Func<Checkpoint, WitnessAnswer, Task> heard;
    private readonly TaskCompletionSource<Caught> caught = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication app;

    private WitnessService(Session session, WitnessDesk desk, IPEndPoint endpoint, Func<Checkpoint, WitnessAnswer, Task> heard)
    {
        this.desk = desk;
        this.heard = heard;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.AddLedgerLogs(LogLevel.Warning, session.Around.ErrorIsTerminal);
        builder.Services.AddSystemd();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.RequestBytes;
            kestrel.Limits.MaxConcurrentConnections = Limits.WitnessConnections;
            kestrel.Listen(endpoint);
        });
        app = builder.Build();
        app.MapPost("/add-checkpoint", AddAsync);
        app.MapGet("/{origin}/checkpoint", MonitorAsync);
    }

    /// <summary>Ends when a log is caught.</summary>
    public Task<Caught> Caught => caught.Task;

    public string Address { get; private set; } = "";

    /// <summary>Starts listening.</summary>
    /// <param name="session">Where the command runs.</param>
    /// <param name="desk">Where requests are brought.</param>
    /// <param name="endpoint">Address and port; port 0 takes a free one.</param>
    /// <param name="heard">Told of each decision about a checkpoint of a known log, after it is durable.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="CommandFailure">The port is taken.</exception>
    public static async Task<WitnessService> StartAsync(
        Session session, WitnessDesk desk, IPEndPoint endpoint, Func<Checkpoint, WitnessAnswer, Task> heard, CancellationToken cancellationToken)
    {
        WitnessService service = new(session, desk, endpoint, heard);
        try
        {
            await service.app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException or SocketException)
        {
            await service.DisposeAsync();
            throw new CommandFailure(ExitCode.Failed, session.Texts.Format("witness.portTaken", endpoint), e);
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }

        service.Address = service.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task AddAsync(HttpContext context)
    {
        byte[] body = await ReadAsync(context);
        if (!AddCheckpointRequest.TryParse(body, out AddCheckpointRequest? request))
        {
            await SayAsync(context, (int)WitnessOutcome.Malformed, "malformed\n");
            return;
        }

        DeskAnswer done = desk.Add(request);
        if (done.Answer is { } answer)
        {
            await AnswerAsync(context, answer);
            if (answer.Outcome is not (WitnessOutcome.Malformed or WitnessOutcome.UnknownOrigin)
                && Checkpoint.TryParse(request.Checkpoint.Text.Span, out Checkpoint? checkpoint))
            {
                await heard(checkpoint, answer);
            }
        }
        else
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "stopped: this log signed two histories\n");
        }

        if (done.Caught is { } reason)
        {
            caught.TrySetResult(reason);
        }
    }

    private static Task AnswerAsync(HttpContext context, WitnessAnswer answer)
    {
        switch (answer.Outcome)
        {
            case WitnessOutcome.Signed:
                return SayAsync(context, StatusCodes.Status200OK, answer.Cosignature!.Line);
            case WitnessOutcome.Conflict:
                return SayAsync(
                    context, StatusCodes.Status409Conflict, string.Create(CultureInfo.InvariantCulture, $"{answer.LatestSize}\n"), SizeType);
            default:
                return SayAsync(context, (int)answer.Outcome, answer.Outcome switch
                {
                    WitnessOutcome.UnknownOrigin => "unknown origin\n",
                    WitnessOutcome.Forbidden => "not signed by a key trusted for this origin\n",
                    WitnessOutcome.Unprocessable => "not proven consistent with the latest cosigned checkpoint\n",
                    _ => "malformed\n",
                });
        }
    }

    private Task MonitorAsync(HttpContext context)
    {
        string? asked = context.Request.RouteValues["origin"] as string;
        Note? latest = desk.Logs.FirstOrDefault(log => string.Equals(OriginHash.Of(log.Origin), asked, StringComparison.Ordinal))?.Latest?.Signed;
        return latest is null
            ? SayAsync(context, StatusCodes.Status404NotFound, "never cosigned\n")
            : SayAsync(context, StatusCodes.Status200OK, latest.ToArray(), Text);
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static Task SayAsync(HttpContext context, int status, string text, string type = Text) =>
        SayAsync(context, status, Encoding.UTF8.GetBytes(text), type);

    private static async Task SayAsync(HttpContext context, int status, byte[] bytes, string type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
