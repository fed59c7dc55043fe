using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting;

/// <summary>Passes a response body on as it is written, unless the response has become an error: then its message is kept and the body dropped.</summary>
internal sealed class ErrorDroppingStream(HttpResponse response, Stream inner) : Stream
{
    private readonly MemoryStream dropped = new();

    /// <summary>Member <c>message</c> of the dropped body, if it had one.</summary>
    public string? Message
    {
        get
        {
            try
            {
                using JsonDocument body = JsonDocument.Parse(dropped.ToArray());
                return body.RootElement.TryGetProperty("message", out JsonElement message) ? message.GetString() : null;
            }
            catch (JsonException)
            {
                // Whatever was dropped was not JSON: there is no message in it.
                return null;
            }
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    private bool Drops => response.StatusCode >= 400 && !response.HasStarted;

    public override void Flush() => throw new NotSupportedException("Responses are written asynchronously.");

    public override Task FlushAsync(CancellationToken cancellationToken) => Drops ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Responses are written asynchronously.");

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Drops)
        {
            return inner.WriteAsync(buffer, cancellationToken);
        }

        dropped.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
