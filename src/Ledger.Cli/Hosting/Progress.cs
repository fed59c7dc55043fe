using System.Globalization;

namespace Ledger.Cli.Hosting;

/// <summary>How far long work has come, on one line of the error stream; nothing at all where that is not a terminal.</summary>
internal sealed class Progress : IAsyncDisposable
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMilliseconds(200);

    private readonly Session session;
    private readonly string text;
    private readonly long started;
    private long shownAt;
    private bool shown;

    private Progress(Session session, string text)
    {
        this.session = session;
        this.text = text;
        started = shownAt = session.Around.Time.GetTimestamp();
    }

    /// <param name="session">Where.</param>
    /// <param name="text">Key of a text with two places: how many, and how many a second.</param>
    public static Progress Start(Session session, string text) => new(session, text);

    public void Report(long done)
    {
        if (!session.Around.ErrorIsTerminal || session.Around.Time.GetElapsedTime(shownAt) < BetweenLines)
        {
            return;
        }

        shownAt = session.Around.Time.GetTimestamp();
        double rate = done / Math.Max(session.Around.Time.GetElapsedTime(started).TotalSeconds, 0.001);
        session.Around.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r\u001b[2K{session.Texts.Format(text, done, rate)}"));
        session.Around.Error.Flush();
        shown = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (shown)
        {
            await session.Around.Error.WriteAsync("\r\u001b[2K");
        }
    }
}
