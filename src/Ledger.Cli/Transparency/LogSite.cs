using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;

namespace Ledger.Cli.Transparency;

/// <summary>The files of a log behind a URL.</summary>
internal sealed class LogSite : LogFiles
{
    private static readonly MediaTypeHeaderValue Text = new("text/plain", "utf-8");

    private readonly Uri prefix;
    private readonly TimeProvider time;
    private readonly int tries;
    private readonly HttpClient client;

    public LogSite(Uri address, TimeProvider time, int tries)
    {
        Address = Hosting.Banner.Plain(address);
        prefix = new Uri(Address + "/");
        this.time = time;
        this.tries = tries;
        client = new HttpClient(new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = Limits.Connect,
            MaxAutomaticRedirections = 5,
            MaxConnectionsPerServer = Limits.Connections,
            // A proxy elsewhere cannot reach this machine's loopback.
            UseProxy = !address.IsLoopback,
        })
        {
            // The body counts too, so the time is taken below.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ledger", typeof(LogSite).Assembly.GetName().Version?.ToString(2)));

        // tlog-tiles, "Log entries".
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    public override string Address { get; }

    public override int AtOnce => Limits.BundlesAhead;

    public override async Task<RentedBytes?> ReadAsync(string path, int maxLength, CancellationToken cancellationToken)
    {
        TimeSpan wait = Limits.BetweenTries;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ExchangeAsync(path, inTime => GetAsync(path, maxLength, inTime), cancellationToken);
            }
            catch (LogReadException e) when (e.Fault == LogFault.Unreachable && attempt < tries)
            {
                await Task.Delay(wait, time, cancellationToken);
                wait *= 2;
            }
        }
    }

    public override Task<int> PostAsync(string path, ReadOnlyMemory<byte> text, CancellationToken cancellationToken) => ExchangeAsync(
        path,
        async inTime =>
        {
            using HttpRequestMessage request = new(HttpMethod.Post, new Uri(prefix, path)) { Content = new ReadOnlyMemoryContent(text) };
            request.Content.Headers.ContentType = Text;
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, inTime);
            return (int)answer.StatusCode;
        },
        cancellationToken);

    public override void Dispose()
    {
        client.Dispose();
        base.Dispose();
    }

    private async Task<RentedBytes?> GetAsync(string path, int maxLength, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri(prefix, path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return null;
        }

        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw new LogReadException(
                LogFault.Unreachable, path, "log.status", ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        return await RentedBytes.ReadAsync(body, maxLength, cancellationToken) ?? throw new LogReadException(LogFault.Malformed, path);
    }

    /// <summary>One exchange within its time, and what goes wrong in the words of this program.</summary>
    private async Task<T> ExchangeAsync<T>(string path, Func<CancellationToken, Task<T>> exchange, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = new(Limits.Answer, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await exchange(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LogReadException(LogFault.Unreachable, path, "log.late", null, e);
        }
        catch (HttpRequestException e)
        {
            throw new LogReadException(LogFault.Unreachable, path, Reason(e), e.InnerException?.Message ?? e.Message, e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new LogReadException(LogFault.Unreachable, path, "log.broken", e.Message, e);
        }
    }

    private static string Reason(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "log.name",
        HttpRequestError.ConnectionError => "log.silent",
        HttpRequestError.SecureConnectionError => "log.certificate",
        _ when e.InnerException is AuthenticationException => "log.certificate",
        _ => "log.broken",
    };
}
