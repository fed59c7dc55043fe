using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers;
using Ledger.Verification;
using Orleans.Concurrency;

namespace Ledger.Silo.Decisions;

/// <summary>
/// Turns employee numbers into pseudonyms and fans a batch out by worker. Reentrant: a stateless grain has as many activations as there
/// are cores, and one call at a time in each would starve the store's group commit.
/// </summary>
[StatelessWorker, Reentrant]
internal sealed class IntakeGrain(IGrainContext context, OrganisationRegistry organisations, GrainReferences<IWorker> workers, LogKeeper logs, IEventStore store) : Grain, IIntake
{
    private readonly string organisation = context.GrainId.Key.ToString()!;

    public ValueTask<RecordResult[]> RecordAsync(Immutable<RecordDecision[]> batch, CallContext context)
    {
        (OrganisationKey? key, Refusal? refusal) = organisations.Find(organisation);
        refusal ??= logs.HoldBack(organisation);
        if (key is null || refusal is not null)
        {
            RecordResult[] refused = new RecordResult[batch.Value.Length];
            Array.Fill(refused, new RecordResult(null, false, refusal));
            return ValueTask.FromResult(refused);
        }

        return RecordAsync(batch.Value, key, context);
    }

    public ValueTask<PseudonymAnswer> PseudonymOfAsync(string employeeNumber)
    {
        (OrganisationKey? key, Refusal? refusal) = organisations.Find(organisation);
        return ValueTask.FromResult(new PseudonymAnswer(key?.PseudonymOf(employeeNumber), refusal));
    }

    public async Task<Refusal?> ReadinessAsync()
    {
        if ((organisations.Find(organisation).Refusal ?? logs.HoldBack(organisation)) is { } refusal)
        {
            return refusal;
        }

        try
        {
            await foreach (RecordedEvent _ in store.ReadStreamAsync(
                LogLeaves.OrganisationStream(organisation), ReadDirection.Backwards, Revisions.End, 1, CancellationToken.None))
            {
                break;
            }

            return null;
        }
        catch (EventStoreUnavailableException e)
        {
            return StoreRefusal.Of(e);
        }
    }

    private async ValueTask<RecordResult[]> RecordAsync(RecordDecision[] batch, OrganisationKey key, CallContext context)
    {
        using Activity? activity = Telemetry.Activities.StartActivity("intake");
        activity?.SetTag("ledger.batch.size", batch.Length);
        Telemetry.EnteredIntake(batch.Length);
        try
        {
            if (batch.Length == 1)
            {
                string worker = key.PseudonymOf(batch[0].EmployeeNumber);
                return await workers.Of($"{organisation}/{worker}").RecordAsync(new([Compose(batch[0], worker, key)]), context);
            }

            return await FanOutAsync(batch, key, context);
        }
        finally
        {
            Telemetry.LeftIntake(batch.Length);
        }
    }

    private async ValueTask<RecordResult[]> FanOutAsync(RecordDecision[] batch, OrganisationKey key, CallContext context)
    {
        Dictionary<string, List<int>> byNumber = new(batch.Length, StringComparer.Ordinal);
        for (int i = 0; i < batch.Length; i++)
        {
            ref List<int>? places = ref CollectionsMarshal.GetValueRefOrAddDefault(byNumber, batch[i].EmployeeNumber, out _);
            (places ??= []).Add(i);
        }

        List<(List<int> Places, Task<RecordResult[]> Answer)> calls = new(byNumber.Count);
        foreach ((string number, List<int> places) in byNumber)
        {
            string worker = key.PseudonymOf(number);
            PseudonymousDecision[] decisions = new PseudonymousDecision[places.Count];
            for (int n = 0; n < decisions.Length; n++)
            {
                decisions[n] = Compose(batch[places[n]], worker, key);
            }

            calls.Add((places, workers.Of($"{organisation}/{worker}").RecordAsync(new(decisions), context)));
        }

        RecordResult[] results = new RecordResult[batch.Length];
        foreach ((List<int> places, Task<RecordResult[]> answer) in calls)
        {
            RecordResult[] answers = await answer;
            for (int n = 0; n < answers.Length; n++)
            {
                results[places[n]] = answers[n];
            }
        }

        return results;
    }

    /// <summary>
    /// The bytes of <see cref="DecisionRecorded"/> without the personal part, put together from the parts that the edge wrote. Nothing in between
    /// needs escaping: a UUID, an organisation id and hexadecimal digits.
    /// </summary>
    private PseudonymousDecision Compose(RecordDecision command, string worker, OrganisationKey key)
    {
        string? reviewer = command.ReviewerEmployeeNumber is { } number ? key.PseudonymOf(number) : null;
        byte[] data = new byte[
            "{\"decisionId\":\"\",\"organisation\":\"\",\"worker\":\"\",\"act\":}"u8.Length + 36 + organisation.Length + worker.Length
            + (reviewer is null ? 0 : "\"reviewer\":\"\","u8.Length + reviewer.Length) + command.Act.Length];
        int at = 0;
        Put("{\"decisionId\":\""u8, data, ref at);
        Utf8Formatter.TryFormat(command.DecisionId, data.AsSpan(at), out int written);
        at += written;
        Put("\",\"organisation\":\""u8, data, ref at);
        at += Encoding.ASCII.GetBytes(organisation, data.AsSpan(at));
        Put("\",\"worker\":\""u8, data, ref at);
        at += Encoding.ASCII.GetBytes(worker, data.AsSpan(at));
        if (reviewer is not null)
        {
            Put("\",\"reviewer\":\""u8, data, ref at);
            at += Encoding.ASCII.GetBytes(reviewer, data.AsSpan(at));
        }

        Put("\",\"act\":"u8, data, ref at);
        Put(command.Act, data, ref at);
        Put("}"u8, data, ref at);
        Debug.Assert(at == data.Length, "The length was counted beforehand.");
        return new PseudonymousDecision(command.DecisionId, data, command.Personal);
    }

    private static void Put(ReadOnlySpan<byte> bytes, byte[] data, ref int at)
    {
        bytes.CopyTo(data.AsSpan(at));
        at += bytes.Length;
    }
}
