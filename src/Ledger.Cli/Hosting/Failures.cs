using Ledger.EventStore;
using Microsoft.Extensions.Options;
using RpcException = Grpc.Core.RpcException;

namespace Ledger.Cli.Hosting;

/// <summary>Ends a command with an exit code and a sentence for people.</summary>
internal sealed class CommandFailure(ExitCode exit, string message, Exception? cause = null) : Exception(message, cause)
{
    public ExitCode Exit { get; } = exit;

    /// <summary>Code of the refusal, where the ledger gave one.</summary>
    public string? Code { get; init; }

    /// <summary>Field the refusal is about.</summary>
    public string? Field { get; init; }

    /// <summary>When to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Turns what went wrong into one sentence, one exit code and, for scripts, one JSON line.</summary>
internal static class Failures
{
    public const string Schema = "ledger.error/1";

    public static async Task<ExitCode> GuardAsync(
        Session session, bool json, Func<Task<ExitCode>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (Understand(session, e, cancellationToken) is { } failure)
        {
            await ReportAsync(session, json, failure);
            return failure.Exit;
        }
    }

    /// <summary>The failure behind an exception, or nothing if it is none that anybody foresaw.</summary>
    public static CommandFailure? Understand(Session session, Exception e, CancellationToken cancellationToken) => e switch
    {
        CommandFailure failure => failure,
        RpcException { StatusCode: Grpc.Core.StatusCode.Cancelled } when cancellationToken.IsCancellationRequested => Interrupted(session),
        OperationCanceledException when cancellationToken.IsCancellationRequested => Interrupted(session),
        RpcException rpc => ServerRefusal.From(rpc, session.Texts).ToFailure(session.Texts),
        OptionsValidationException options => new CommandFailure(
            ExitCode.Usage, session.Texts.Format("failure.configuration", string.Join(Environment.NewLine + "  ", options.Failures)), e),
        EventStoreInUseException held => new CommandFailure(ExitCode.Unavailable, session.Texts.Format("failure.storeInUse", held.Directory), e),
        EventStoreUnavailableException => new CommandFailure(ExitCode.Unavailable, session.Texts.Format("failure.store", e.Message), e),
        InvalidDataException or IOException or UnauthorizedAccessException =>
            new CommandFailure(ExitCode.Failed, session.Texts.Format("failure.file", e.Message), e),
        _ => null,
    };

    private static CommandFailure Interrupted(Session session) => new(ExitCode.Interrupted, session.Texts["failure.interrupted"]);

    private static async Task ReportAsync(Session session, bool json, CommandFailure failure)
    {
        await session.RemarkAsync(session.Texts.Format("failure.line", failure.Message));
        if (json)
        {
            await session.SayAsync(JsonLine.Write(writer =>
            {
                writer.WriteString("schema", Schema);
                writer.WriteNumber("exitCode", (int)failure.Exit);
                WriteOptional(writer, "code", failure.Code);
                WriteOptional(writer, "field", failure.Field);
                if (failure.RetryAfter is { } delay)
                {
                    writer.WriteNumber("retryAfterSeconds", delay.TotalSeconds);
                }

                writer.WriteString("message", failure.Message);
            }));
        }
    }

    private static void WriteOptional(System.Text.Json.Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
