using System.Runtime.CompilerServices;
using System.Text.Json;
using Google.Protobuf;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>A decision read, with its place in the input from 1.</summary>
internal sealed record ReadDecision(long Number, Decision Decision);

/// <summary>Decisions in Google's JSON form, one after the other: one object over many lines, or one a line.</summary>
internal static class DecisionFile
{
    private const string StandardInput = "-";
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Default) { AllowDuplicateProperties = false };

    public static async IAsyncEnumerable<ReadDecision> ReadAsync(
        Session session, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using Stream stream = Open(session, path);
        long number = 0;
        await using IAsyncEnumerator<JsonElement> elements = JsonSerializer
            .DeserializeAsyncEnumerable<JsonElement>(stream, topLevelValues: true, Options, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            number++;
            Decision decision;
            try
            {
                if (!await elements.MoveNextAsync())
                {
                    break;
                }

                decision = Parser.Parse<Decision>(elements.Current.GetRawText());
            }
            catch (Exception e) when (e is JsonException or InvalidProtocolBufferException or InvalidJsonException)
            {
                throw new CommandFailure(ExitCode.Usage, session.Texts.Format("record.unreadable", number, e.Message), e);
            }

            yield return new ReadDecision(number, decision);
        }

        if (number == 1)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts["record.empty"]);
        }
    }

    private static Stream Open(Session session, string path)
    {
        if (string.Equals(path, StandardInput, StringComparison.Ordinal))
        {
            return session.Around.OpenInput();
        }

        string full = Path.GetFullPath(path, session.Around.Directory);
        return File.Exists(full) ? File.OpenRead(full)
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("record.noFile", full));
    }
}
