using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Tests.Hosting;

/// <summary>Keeps what was said to the operator.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> lines = new();

    public IEnumerable<string> At(LogLevel level) => lines.Where(l => l.Level == level).Select(l => l.Text);

    public override string ToString() => string.Join('\n', lines.Select(l => $"{l.Level}: {l.Text}"));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue((logLevel, $"{formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}"));
}
