// A soft disc and a ring on the floor below each person.
in vec4 p3d_Vertex;
uniform mat4 p3d_ModelViewProjectionMatrix, p3d_ProjectionMatrix;
uniform samplerBuffer people;
uniform vec2 foot_radius;
out vec2 at; // 1 at the rim
flat out vec3 tone;

void main() {
    int row = gl_InstanceID * 13;
    vec3 feet = vec3(texelFetch(people, row).w, texelFetch(people, row + 1).w, texelFetch(people, row + 2).w);
    at = p3d_Vertex.xy * 1.1;
    tone = texelFetch(people, row + 12).rgb;
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(feet + vec3(at * foot_radius.x, 0.012), 1.0);
    gl_Position.z += p3d_ProjectionMatrix[3][2] * 0.02 / max(gl_Position.w, 1e-3);
}
