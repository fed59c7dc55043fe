using System.Net;
using System.Net.Sockets;

namespace Ledger.Scenarios.Hosting;

/// <summary>
/// Ports for servers that are killed and started again: below the range from which the system gives ports to clients, or a client's
/// connection could take a server's port while it is down.
/// </summary>
internal static class Ports
{
    private const int First = 12_000, Count = 18_000;

    private static int next = Environment.ProcessId * 7919 % Count;

    public static int Take()
    {
        for (int tries = 0; tries < Count; tries++)
        {
            int port = First + (Interlocked.Increment(ref next) % Count);
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken by somebody else: the next one.
            }
        }

        throw new InvalidOperationException("No free port.");
    }
}
